"""Which question of the organiser's form says what about a person: by identifier, since that survives cloning.

Pure. A question that nobody mapped is kept aside and reported, never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from ....plugin.domain.model import FACETS, PURPOSES

SHOWN: tuple[str, ...] = ("organisation", "title", "sector", *FACETS)
"""Fields of a profile that others may be allowed to read."""

TARGETS: frozenset[str] = frozenset({
    *FACETS, "organisation", "title", "sector", "languages", "seniority", "first_time", "mode",
    "mentor", "mentee", "capacity", "visible", "hidden_for_matching",
    *(f"consent.{purpose}" for purpose in PURPOSES),
})  # fmt: skip
"""What a question may be mapped to."""

DEFAULT_QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "INTERESTS": ("interests",),
    "GOALS": ("goals",),
    "CHALLENGES": ("challenges",),
    "OFFERS": ("offers",),
    "NEEDS": ("needs",),
    "BIO": ("bio",),
    "ORGANISATION": ("organisation",),
    "TITLE": ("title",),
    "SECTOR": ("sector",),
    "LANGUAGES": ("languages",),
    "SENIORITY": ("seniority",),
    "FIRST_TIME": ("first_time",),
    "MODE": ("mode",),
    "MENTOR": ("mentor",),
    "MENTEE": ("mentee",),
    "MENTOR_CAPACITY": ("capacity",),
    "CONSENT": ("consent.matching", "consent.mentoring", "hidden_for_matching"),
    **{f"CONSENT_{purpose.upper()}": (f"consent.{purpose}",) for purpose in PURPOSES},
    "VISIBLE": ("visible",),
}
"""Identifiers that mean something without any configuration.

``CONSENT`` stands for one sentence, "use my answers to suggest people to meet": matching, mentoring for those who
ask for it, and the use of answers that others do not see.
"""


@dataclass(frozen=True, slots=True)
class Form:
    """How one installation reads its forms: the operator's choices over the defaults."""

    targets: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _folded(DEFAULT_QUESTIONS))
    options: Mapping[str, str] = field(default_factory=dict)
    tag_language: str = "en"
    language_from_order: bool = True
    visible: tuple[str, ...] = ()
    link_question: str = "ENTREMISE"

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Self:
        """Read an installation's validated configuration."""
        chosen = {key: targets_of(value) or () for key, value in config.get("questions", {}).items()}
        return cls(
            targets=_folded({**DEFAULT_QUESTIONS, **chosen}),
            options=dict(config.get("options", {})),
            tag_language=config.get("tag_language", "en"),
            language_from_order=config.get("language_from_order", True),
            visible=tuple(name for name in config.get("visible", ()) if name in SHOWN),
            link_question=config.get("link_question", "ENTREMISE"),
        )

    def targets_for(self, identifier: str) -> tuple[str, ...] | None:
        """Return what the question says; ``None`` when nobody mapped it, empty when it is to be ignored."""
        return self.targets.get(identifier.casefold())

    def is_ours(self, identifier: str) -> bool:
        """Whether this is the question into which entremise writes."""
        return bool(self.link_question) and identifier.casefold() == self.link_question.casefold()


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it stands in pretix; ``labels`` are its options' texts by identifier, in one stable language."""

    id: int
    identifier: str
    type: str
    items: frozenset[int]
    labels: Mapping[str, str]


def read_questions(rows: Iterable[Mapping[str, Any]], tag_language: str) -> Mapping[str, Question]:
    """Return questions by identifier, from validated rows of the questions list."""
    return {
        row["identifier"]: Question(
            row["id"],
            row["identifier"],
            row["type"],
            frozenset(row["items"]),
            {option["identifier"]: in_language(option["answer"], tag_language) for option in row["options"]},
        )
        for row in rows
    }


def in_language(text: Any, language: str) -> str:
    """Return one text of pretix's text-by-language: that language, else English, else the first by code.

    >>> in_language({"fr": "Recyclage", "en": "Recycling"}, "fr")
    'Recyclage'
    """
    if isinstance(text, Mapping):
        texts = {str(key): str(value) for key, value in text.items() if value}
        for wanted in (language, language_code(language), "en", *sorted(texts)):
            if wanted in texts:
                return texts[wanted]
        return ""
    return "" if text is None else str(text)


def language_code(locale: str) -> str:
    """Return the bare language of one of pretix's locales.

    >>> language_code("de-informal")
    'de'
    """
    return re.split(r"[-_]", locale, maxsplit=1)[0].lower()


def targets_of(value: Any) -> tuple[str, ...] | None:
    """Return a target or a list of targets as a tuple; ``None`` when it is neither."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Sequence) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return None


def _folded(questions: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {identifier.casefold(): targets for identifier, targets in questions.items()}
