"""Which question of the organiser's form says what about a person: by identifier, since that survives cloning.

Pure but for ``Mapping.of``. A question that nobody mapped says nothing: its answers stay in pretix.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

FACETS = ("interests", "challenges", "goals", "offers", "needs", "bio")
PURPOSES = ("matching", "mentoring", "groups", "presence", "follow_up", "memory", "learning")
SHOWN = ("organisation", "title", "sector", *FACETS)
"""Answers that others may be allowed to read."""

TARGETS = (
    *(f"consent.{purpose}" for purpose in PURPOSES), "hidden_for_matching", "visible",
    "interests", "goals", "challenges", "offers", "needs", "bio", "organisation", "title", "sector",
    "languages", "seniority", "first_time", "mode", "mentor", "mentee", "capacity",
)  # fmt: skip
"""What a question may say, in the order in which people are asked."""

DEFAULT_QUESTIONS = {
    "CONSENT": ("consent.matching", "consent.mentoring", "hidden_for_matching"),
    **{f"CONSENT_{purpose.upper()}": (f"consent.{purpose}",) for purpose in PURPOSES},
    **{name.upper(): (name,) for name in (*SHOWN, "languages", "seniority", "first_time", "mode")},
    "MENTOR": ("mentor",),
    "MENTEE": ("mentee",),
    "MENTOR_CAPACITY": ("capacity",),
    "VISIBLE": ("visible",),
}
"""Identifiers that mean something before anybody mapped them.

``CONSENT`` stands for one sentence, "use my answers to suggest people to meet": matching, mentoring for those who
ask for it, and the use of answers that others do not see.
"""

QUESTIONS, VISIBLE, PENDING, ITEMS, TAG_LANGUAGE, CONFIRMED = (
    "entremise_questions", "entremise_visible", "entremise_pending_counts", "entremise_items",
    "entremise_tag_language", "entremise_confirmed",
)  # fmt: skip
"""The event's settings that hold the choices. They are copied with the event."""

LINK_QUESTION = "ENTREMISE"
"""Where the adapter for a pretix without this extension writes; never read."""


@dataclass(frozen=True)
class Mapping:
    """How one event's form is read. ``chosen`` are the organiser's own choices, by identifier; empty means ignored.

    ``items`` are numbers of the products that make an attendee, all where it is empty. ``visible`` holds for
    everybody who did not choose for themselves. While the event is in test mode (``testing``), test orders count, so
    that all of it can be tried out. Until an organiser has ``confirmed`` what the questions mean, nothing leaves pretix:
    somebody else's ``NEEDS`` may ask for a diet.
    """

    chosen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    visible: tuple[str, ...] = ()
    tag_language: str = "en"
    items: frozenset[int] = frozenset()
    pending_counts: bool = False
    testing: bool = False
    confirmed: bool = True

    @classmethod
    def of(cls, event: Any) -> Self:
        """Read the event's settings; what no longer makes sense in them is left out."""
        stored = {name: event.settings.get(name) for name in (QUESTIONS, VISIBLE, ITEMS)}
        return cls(
            chosen=read_choices(stored[QUESTIONS]),
            visible=_names(_decoded(stored[VISIBLE]), SHOWN),
            tag_language=event.settings.get(TAG_LANGUAGE) or "en",
            items=frozenset(
                int(item)
                for item in _listed(_decoded(stored[ITEMS]))
                if str(item).isascii() and str(item).isdigit()
            ),
            pending_counts=event.settings.get(PENDING, as_type=bool, default=False),
            testing=bool(event.testmode),
            confirmed=event.settings.get(CONFIRMED, as_type=bool, default=False),
        )

    def targets_for(self, identifier: str) -> tuple[str, ...]:
        """Return what the question says; nothing where nobody mapped it, or somebody chose that it says nothing."""
        if identifier.casefold() == LINK_QUESTION.casefold():
            return ()
        folded = identifier.casefold()
        return self._chosen.get(folded, _DEFAULTS.get(folded, ()))

    @property
    def _chosen(self) -> dict[str, tuple[str, ...]]:
        return {identifier.casefold(): targets for identifier, targets in self.chosen.items()}


def default_targets(identifier: str) -> tuple[str, ...]:
    """Return what a question says that nobody has mapped yet."""
    return _DEFAULTS.get(identifier.casefold(), ())


def read_choices(stored: Any) -> dict[str, tuple[str, ...]]:
    """Return the organiser's choices by identifier, from JSON or what it decodes to.

    >>> read_choices('{"ROLE7": ["title", "nonsense"], "DIET": []}')
    {'ROLE7': ('title',), 'DIET': ()}
    """
    found = _decoded(stored)
    if not isinstance(found, dict):
        return {}
    return {str(identifier): _names(targets, TARGETS) for identifier, targets in found.items()}


def texts_of(text: Any) -> dict[str, str]:
    """Return one of pretix's translated texts by language; ``""`` is the key where it is the same in all.

    >>> texts_of("Recycling")
    {'': 'Recycling'}
    """
    data = getattr(text, "data", text)
    if isinstance(data, dict):
        return {str(language): str(value) for language, value in data.items() if value}
    return {"": str(data)} if data else {}


def in_language(text: Any, language: str) -> str:
    """Return a translated text in that language, else in English, else in the first by code.

    >>> in_language({"fr": "Recyclage", "en": "Recycling"}, "fr-informal")
    'Recyclage'
    """
    texts = texts_of(text)
    return next(
        (texts[one] for one in (language, language_code(language), "en", *sorted(texts)) if one in texts), ""
    )


def language_code(locale: str) -> str:
    """Return the bare language of one of pretix's locales.

    >>> language_code("de-informal")
    'de'
    """
    return re.split(r"[-_]", locale, maxsplit=1)[0].lower()


def _decoded(stored: Any) -> Any:
    if not isinstance(stored, str):
        return stored
    try:
        return json.loads(stored)
    except ValueError:
        return None


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, (list, tuple)) else ()


def _names(value: Any, known: tuple[str, ...]) -> tuple[str, ...]:
    named = {value} if isinstance(value, str) else {str(one) for one in _listed(value)}
    return tuple(name for name in known if name in named)


_DEFAULTS = {identifier.casefold(): targets for identifier, targets in DEFAULT_QUESTIONS.items()}
