"""The words of people's own pages, in English and French, and the choice between the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson
from werkzeug.datastructures import LanguageAccept

LANGUAGES = {"fr": "Français", "en": "English"}
FALLBACK = "en"

_FOLDER = Path(__file__).parent.parent / "locales"


class Words(dict[str, str]):
    """Texts by key; templates write ``t.key``."""

    __getattr__ = dict.__getitem__


def load() -> Mapping[str, Words]:
    """Read the texts of every language."""
    return {code: Words(orjson.loads((_FOLDER / f"person.{code}.json").read_bytes())) for code in LANGUAGES}


def choose(asked: str | None, own: Sequence[str], accepted: LanguageAccept) -> str:
    """Return the language to speak: what was asked for, else the person's own first, else what the browser says."""
    if asked in LANGUAGES:
        return str(asked)
    # Region and script do not matter here; ``best_match`` would prefer a second-best "en" over "fr-CA".
    for language in (*own, *accepted.values()):
        if (code := language.lower().replace("_", "-").split("-")[0]) in LANGUAGES:
            return code
    return FALLBACK
