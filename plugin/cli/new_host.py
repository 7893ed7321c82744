"""``entremise new-host``: the folders of a new host adapter, made so that the contract suite says what to do next."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from string import Template

import click

from ...hooks.manifest import load_manifest
from ...hooks.registry import built_in
from ..domain.errors import ConfigurationError
from .new_host_files import FILES

EXAMPLES = """\b
Examples:
  entremise new-host acme                  in a clone of entremise
  entremise new-host acme --in ../clone    in a clone elsewhere
"""

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LISTED = re.compile(r"(?m)^    [a-z0-9_]+: \{label: .*\}\n")


@click.command("new-host", epilog=EXAMPLES)
@click.argument("name")
@click.option(
    "--in",
    "root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="The clone of entremise to write to. Default: the working folder.",
)
def command(name: str, root: Path) -> None:
    """Start a new host adapter: hooks/hosts/NAME, tests/hosts/NAME, and its line in manifest.yaml."""
    for path in make_host(name, root):
        click.echo(f"made {path}")
    click.echo(
        f"\nNow put a real delivery of {name}, exactly as it arrived, into"
        f" tests/hosts/{name}/deliveries/registered.json\nand let the contract say what comes next:"
        f"\n\n  pytest -q tests/contracts/test_host_adapter.py -k {name}"
    )


def make_host(name: str, root: Path) -> list[str]:
    """Write the files and return their paths within ``root``.

    Raises ``ConfigurationError`` when the name cannot be one, is taken, or ``root`` is no clone of entremise.
    """
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or len(name) > 40:
        raise ConfigurationError(
            f"{name!r} cannot be a host's name: small letters, digits and single underscores"
        )
    manifest = root / "manifest.yaml"
    if not manifest.is_file() or not (root / "hooks" / "hosts").is_dir():
        raise ConfigurationError(f"{root} is no clone of entremise: go there, or name it with --in")
    written = {path.replace("NAME", name): text for path, text in FILES.items()}
    if name in built_in() or any((root / path).exists() for path in written):
        raise ConfigurationError(f"there is a host {name} already; nothing was written")
    words = {"name": name, "Name": "".join(part.capitalize() for part in name.split("_"))}
    for path, text in written.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(Template(text).substitute(words), encoding="utf-8")
    _list_in_manifest(manifest, name)
    return [*written, "manifest.yaml (one line)"]


def _list_in_manifest(manifest: Path, name: str) -> None:
    """Add the host behind the last one that is listed; the manifest's own words and comments stay as they are."""
    text = manifest.read_text(encoding="utf-8")
    last = list(_LISTED.finditer(text))[-1].end()
    line = f"    {name}: {{label: {{en: {name}, fr: {name}}}}}\n"
    manifest.write_text(text[:last] + line + text[last:], encoding="utf-8")
    load_manifest(manifest)
