"""``python -m benchmarks NAME``."""

from __future__ import annotations

import click

from .cross_language import command as cross_language
from .engine import command as engine
from .exposure import command as exposure
from .groups import command as groups
from .spine import command as spine


@click.group()
def main() -> None:
    """Benchmarks. Nothing else should run on the machine meanwhile."""


main.add_command(engine)
main.add_command(exposure)
main.add_command(groups)
main.add_command(spine)
main.add_command(cross_language)

if __name__ == "__main__":
    main()
