"""From the answers on a ticket to what leaves pretix about its holder: the generic profile, or nothing. Pure.

Without a yes to ``consent.matching`` nothing leaves. Neither does an answer that nobody mapped, or that cannot be
read as what it is mapped to. Everything is cut to the service's limits: a long answer is no reason to be refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .questions import PURPOSES, SHOWN, Mapping, in_language, language_code, texts_of

YES = frozenset({"true", "yes", "oui", "ja", "1"})
NO = frozenset({"false", "no", "non", "nein", "0"})
SENIORITY = {"student": 0, "junior": 1, "mid": 2, "senior": 3, "lead": 4, "executive": 5}
MODES = {"on_site": "on_site", "onsite": "on_site", "remote": "remote", "both": "both"}
LANGUAGES = {
    "english": "en", "anglais": "en", "french": "fr", "français": "fr", "francais": "fr", "german": "de",
    "allemand": "de", "deutsch": "de", "spanish": "es", "espagnol": "es", "español": "es", "italian": "it",
    "italien": "it", "italiano": "it", "dutch": "nl", "néerlandais": "nl", "nederlands": "nl",
    "portuguese": "pt", "portugais": "pt", "português": "pt",
}  # fmt: skip
MOST_MENTEES = 10
MOST_LINES = 50
LONGEST = {"name": 255, "organisation": 255, "title": 255, "sector": 255, "bio": 10_000}
LONGEST_ANSWER = 4000
LONGEST_ITEM = 500
MOST_ITEMS = 100
MOST_LANGUAGES = 20
FILE = "F"
PAID, PENDING = "p", "n"


@dataclass(frozen=True)
class Given:
    """One answer: what was written, and for each chosen option everything that it is called, identifier first."""

    text: str
    options: tuple[tuple[str, ...], ...]
    tags: tuple[str, ...]

    @property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """Return for each thing said the words for it, any of which may be understood."""
        return self.options or ((self.text,) if self.text else (),)


@dataclass
class Reading:
    """What one ticket says: ``facets`` and ``votes`` by target, and the identifiers of what could not be read."""

    facets: dict[str, Any] = field(default_factory=dict)
    votes: dict[str, bool] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    @property
    def agreed(self) -> bool:
        """Whether anything may leave pretix."""
        return self.votes.get("consent.matching", False)


def read(position: Any, mapping: Mapping, *, locale: str | None = None) -> dict[str, Any] | None:
    """Return the generic profile (docs/reference/deliveries.md) that the ticket gives; ``None`` where nothing may leave.

    ``position`` is pretix's, with answers, their questions and options prefetched; ``locale`` the order's unless given.
    """
    reading = look(position, mapping)
    if not (reading.agreed and mapping.confirmed):
        return None
    facets, votes = dict(reading.facets), reading.votes
    code = language_code((position.order.locale if locale is None else locale) or "")
    ordered_in = [code] if re.fullmatch(r"[a-z]{2}", code) else []
    found = {
        "name": _cut(position.attendee_name, LONGEST["name"]),
        "languages": _spoken(facets.pop("languages", []), ordered_in),
        "organisation": facets.pop("organisation", None) or _cut(position.company, LONGEST["organisation"]),
        "mentoring": {"role": _role(votes), "capacity": facets.pop("capacity", 1)},
        "consent": {purpose: votes.get(f"consent.{purpose}", False) for purpose in PURPOSES},
        "visible": facets.pop("visible", list(mapping.visible)),
        "hidden_for_matching": votes.get("hidden_for_matching", False),
        "first_time": votes.get("first_time"),
        **facets,
    }
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def look(position: Any, mapping: Mapping) -> Reading:
    """Return all that the mapped answers say, with or without consent: it is for the eyes of whoever sees the order."""
    reading = Reading()
    for answer in position.answers.all():
        identifier = answer.question.identifier
        targets = mapping.targets_for(identifier)
        if not targets or answer.question.type == FILE:
            continue
        given = given_in(answer, mapping.tag_language)
        if not given.text and not given.options:
            continue
        # Every target is tried: one sentence may stand for several consents.
        understood = [_READERS[target](reading, target, given) for target in targets]
        if not all(understood):
            reading.unread.append(identifier)
    return reading


def counts(order: Any, position: Any, mapping: Mapping) -> bool:
    """Whether the ticket makes its holder an attendee now."""
    return not reasons_against(order, position, mapping)


def reasons_against(order: Any, position: Any, mapping: Mapping) -> list[str]:
    """Return why the ticket makes nobody an attendee: names of reasons, in the order in which they matter."""
    pending = order.status == PENDING and (mapping.pending_counts or bool(order.valid_if_pending))
    found = {
        "canceled": position.canceled or order.status == "c",
        "blocked": bool(position.blocked),
        "approval": order.require_approval,
        "addon": position.addon_to_id is not None,
        "item": bool(mapping.items) and position.item_id not in mapping.items,
        "testmode": order.testmode and not mapping.testing,
        "unpaid": order.status not in (PAID, "c") and not pending,
    }
    return [reason for reason, holds in found.items() if holds]


def given_in(answer: Any, tag_language: str) -> Given:
    """Return an answer with texts for its options that do not depend on the attendee's language."""
    text = _clean(answer.answer)[:LONGEST_ANSWER]
    chosen = list(answer.options.all())
    if not chosen:
        return Given(text, (), tuple(_items(text)))
    return Given(
        text,
        tuple((option.identifier, *texts_of(option.answer).values()) for option in chosen),
        tuple(
            _cut(in_language(option.answer, tag_language) or option.identifier, LONGEST_ITEM)
            for option in chosen
        ),
    )


def _clean(text: Any) -> str:
    """Return what every database takes: no NUL, no half of a character."""
    return str(text or "").replace("\x00", "").encode("utf-8", "replace").decode().strip()


def _cut(text: Any, longest: int) -> str:
    return _clean(text)[:longest].strip()


def _items(text: str) -> Iterator[str]:
    """Split what somebody typed: one item a line, or between semicolons; a sentence with commas stays whole."""
    parts = [part.strip(" \t-*•") for part in re.split(r"[\r\n;]+", text)]
    for part in [part for part in parts if part][:MOST_LINES]:
        yield _cut(part, LONGEST_ITEM)


def _spoken(chosen: list[str], ordered_in: list[str]) -> list[str]:
    """Put the language of the order first: options come in the form's order, and people are addressed in the first."""
    if not chosen:
        return ordered_in
    return sorted(chosen, key=lambda language: language not in ordered_in)


def _role(votes: dict[str, bool]) -> str:
    mentor, mentee = votes.get("mentor", False), votes.get("mentee", False)
    return "both" if mentor and mentee else "mentor" if mentor else "mentee" if mentee else "none"


def _understood(said: Sequence[tuple[str, ...]], known: Callable[[str], Any]) -> Any:
    """Return what the first word that is known stands for; ``None`` unless exactly one thing was said."""
    if len(said) != 1:
        return None
    return next((found for word in said[0] if (found := known(word.strip().casefold())) is not None), None)


def _facet(reading: Reading, target: str, given: Given) -> bool:
    known = reading.facets.get(target, [])
    reading.facets[target] = list(dict.fromkeys([*known, *filter(None, given.tags)]))[:MOST_ITEMS]
    return True


def _text(reading: Reading, target: str, given: Given) -> bool:
    text = ", ".join(given.tags) if given.options else given.text
    reading.facets[target] = _cut(
        "\n".join(filter(None, (reading.facets.get(target), text))), LONGEST[target]
    )
    return True


def _vote(reading: Reading, target: str, given: Given) -> bool:
    yes = _understood(given.words, {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}.get)
    if yes is None:
        return False
    # Where two questions speak of one consent, both have to say yes.
    reading.votes[target] = yes and reading.votes.get(target, True)
    return True


def _seniority(reading: Reading, target: str, given: Given) -> bool:
    level = _understood(given.words, {**SENIORITY, **{str(step): step for step in range(6)}}.get)
    if level is not None:
        reading.facets[target] = level
    return level is not None


def _capacity(reading: Reading, target: str, given: Given) -> bool:
    number = _understood(given.words, lambda word: re.fullmatch(r"([0-9]{1,2})(?:\.0+)?", word))
    if number is None or not 1 <= int(number[1]) <= MOST_MENTEES:
        return False
    reading.facets[target] = int(number[1])
    return True


def _mode(reading: Reading, target: str, given: Given) -> bool:
    mode = _understood(given.words, lambda word: MODES.get(word.replace("-", "_").replace(" ", "_")))
    if mode is not None:
        reading.facets[target] = mode
    return mode is not None


def _languages(reading: Reading, target: str, given: Given) -> bool:
    if given.options:
        codes = [_understood([option], _language) for option in given.options]
    else:
        words = re.split(r"[,;/\n]+", given.text)
        codes = [_language(word.strip().casefold()) for word in words if word.strip()]
    known = [*reading.facets.get(target, []), *filter(None, codes)]
    reading.facets[target] = list(dict.fromkeys(known))[:MOST_LANGUAGES]
    return None not in codes


def _language(word: str) -> str | None:
    return word if word in LANGUAGES.values() else LANGUAGES.get(word)


def _visible(reading: Reading, target: str, given: Given) -> bool:
    names = [_understood([said], lambda word: word if word in SHOWN else None) for said in given.words]
    reading.facets[target] = [name for name in SHOWN if name in names]
    return None not in names


_READERS: dict[str, Callable[[Reading, str, Given], bool]] = {
    **dict.fromkeys(("interests", "challenges", "goals", "offers", "needs"), _facet),
    **dict.fromkeys(("bio", "organisation", "title", "sector"), _text),
    **dict.fromkeys(("mentor", "mentee", "first_time", "hidden_for_matching"), _vote),
    **dict.fromkeys([f"consent.{purpose}" for purpose in PURPOSES], _vote),
    "languages": _languages,
    "seniority": _seniority,
    "mode": _mode,
    "capacity": _capacity,
    "visible": _visible,
}
"""How each target is read; each reader says whether it understood."""
