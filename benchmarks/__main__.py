"""``python -m benchmarks NAME``."""

from __future__ import annotations

import click

from .spine import command as spine


@click.group()
def main() -> None:
    """Benchmarks. Nothing else should run on the machine meanwhile."""


main.add_command(spine)

if __name__ == "__main__":
    main()
