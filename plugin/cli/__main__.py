"""``python -m entremise.plugin.cli``: how ``work`` and ``up`` start their children."""

from . import main

main(prog_name="entremise")
