"""Joins the parts of each language (``<area>.po``) into the ``django.mo`` that Django reads.

Each area of the extension keeps its own texts, so that a text stands near those who change it. A text that two parts
translate differently is a fault, and ends the build.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


class DiffersBetweenParts(Exception):
    """Two areas translate one text in two ways."""


def joined(folder):
    """Return one catalogue of all ``*.po`` in ``locale/<language>/LC_MESSAGES``."""
    language = folder.parent.name
    whole = Catalog(locale=language, charset="utf-8")
    for part in sorted(folder.glob("*.po")):
        with part.open("rb") as opened:
            for message in read_po(opened, locale=language):
                if not message.id:
                    continue
                known = whole.get(message.id, message.context)
                if known is not None and known.string != message.string:
                    raise DiffersBetweenParts(f"{part.name} translates {message.id!r} differently")
                whole.add(message.id, message.string, context=message.context, flags=message.flags)
    return whole


def compile_into(locale):
    """Write ``django.mo`` for every language below ``locale``."""
    for folder in sorted(locale.glob("*/LC_MESSAGES")):
        with (folder / "django.mo").open("wb") as opened:
            write_mo(opened, joined(folder))


if __name__ == "__main__":
    compile_into(
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "pretix_entremise" / "locale"
    )
