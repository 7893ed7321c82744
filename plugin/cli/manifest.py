"""``entremise manifest``: what this plugin is, as hosts read it."""

from __future__ import annotations

from pathlib import Path

import click

from ...hooks.manifest import load_manifest
from .tenant import as_json, echo_json

EXAMPLES = """\b
Examples:
  entremise manifest                          print manifest.yaml
  entremise manifest --json                   the same as JSON
  entremise manifest --check my-copy.yaml     exit code 2 and the place, where something is wrong
"""


@click.command("manifest", epilog=EXAMPLES)
@click.option(
    "--check", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="Check another manifest instead of printing this one's.",
)  # fmt: skip
@as_json
def command(path: Path | None, json: bool) -> None:
    """Print the manifest: features with their settings, hooks, deliveries, results and permissions.

    A host draws its settings page from it. The running service serves the same at /manifest.yaml and /manifest.json.
    """
    manifest = load_manifest(path)
    if path is not None and not json:
        click.echo(
            f"{path} is a good manifest: {manifest.id} {manifest.version}, {len(manifest.keys())} settings"
        )
    elif json:
        echo_json(manifest.document)
    else:
        click.echo(manifest.text, nl=False)
