"""Runs pretix's periodic tasks every few seconds, as the clock of an installation does every few minutes.

A process of its own that stays: starting pretix anew for every run would keep a processor busy.
"""

import sys
import time

import django

django.setup()

from django.core.management import call_command  # noqa: E402


def main() -> None:
    """Run them until the process is ended."""
    every = float(sys.argv[1])
    while True:
        call_command("runperiodic", verbosity=0)
        time.sleep(every)


if __name__ == "__main__":
    main()
