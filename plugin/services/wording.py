"""Sentences in the reader's language, from ``plugin/locales``. Says things; decides nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from ..engine.glossary import label

LANGUAGES = ("en", "fr")
"""Languages that entremise writes in."""
_QUOTED_UP_TO = 90
_KEPT_BY = {"?": "\u202f", "!": "\u202f", ";": "\u202f", ":": "\u00a0", "»": "\u00a0"}
"""The space that French sets before a sign, so that it never stands alone on the next line."""
_PARTED = re.compile(r" ([?!;:»])")
_LOCALES = Path(__file__).parent.parent / "locales"


def reading_language(stated: Sequence[str], of_host_event: Sequence[str]) -> str:
    """Return the first language of the person, else of the host event, that we write in; English if there is none.

    >>> reading_language(["de", "fr-CA"], ["en"])
    'fr'
    """
    for tag in (*stated, *of_host_event):
        primary = tag.partition("-")[0].lower()
        if primary in LANGUAGES:
            return primary
    return "en"


def say(language: str, key: str, **words: str) -> str:
    """Return the sentence ``key`` with what people wrote put in; overlong words are cut with an ellipsis.

    >>> say("en", "language", mine="French")
    'You both speak French.'
    """
    sentence: str = _catalogue(language)["sentences"][key]
    return sentence.format_map({name: _short(word) for name, word in words.items()})


def say_why(language: str, code: str) -> str:
    """Return what stopped a place, or a plan; the code itself where it is a plugin's own."""
    causes: Mapping[str, str] = _catalogue(language)["causes"]
    return causes.get(code, code)


def language_name(language: str, tag: str) -> str:
    """Return what a language is called in the reader's language; the tag itself when nobody has named it yet."""
    names: Mapping[str, str] = _catalogue(language)["languages"]
    return names.get(tag.partition("-")[0].lower(), tag)


def quoted(words: str) -> str:
    """Return words of somebody's as they are quoted: on one line, cut with an ellipsis where they are overlong."""
    return _short(words)


def topic_name(language: str, concept: str) -> str:
    """Return what a concept of the glossary is called in the reader's language."""
    return label(concept, language)


def _short(word: str) -> str:
    word = _PARTED.sub(lambda sign: _KEPT_BY[sign[1]] + sign[1], " ".join(word.split())).rstrip(" .;,:")
    if len(word) <= _QUOTED_UP_TO:
        return word
    cut = word[:_QUOTED_UP_TO]
    return (cut[: cut.rfind(" ")] if " " in cut[_QUOTED_UP_TO // 2 :] else cut).rstrip(" ,;:.") + "…"


@cache
def _catalogue(language: str) -> Mapping[str, Any]:
    data: Mapping[str, Any] = orjson.loads((_LOCALES / f"{language}.json").read_bytes())
    return data
