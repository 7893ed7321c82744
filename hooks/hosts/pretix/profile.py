"""From the answers on a ticket to a profile. Pure; nothing is guessed.

What is not mapped, or is mapped but cannot be read, stands in ``Profile.extra`` under the question's identifier.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from ....plugin.domain.model import Consent, Mentoring, Mode, Profile, Role
from .questions import SHOWN, Form, Question, language_code

YES = frozenset({"true", "yes", "oui", "ja", "1"})
NO = frozenset({"false", "no", "non", "nein", "0"})
SENIORITY = {"student": 0, "junior": 1, "mid": 2, "senior": 3, "lead": 4, "executive": 5}
MODES: Mapping[str, Mode] = {"on_site": "on_site", "onsite": "on_site", "remote": "remote", "both": "both"}
LANGUAGES = {
    "english": "en", "anglais": "en", "french": "fr", "français": "fr", "francais": "fr", "german": "de",
    "allemand": "de", "deutsch": "de", "spanish": "es", "espagnol": "es", "español": "es", "italian": "it",
    "italien": "it", "italiano": "it", "dutch": "nl", "néerlandais": "nl", "nederlands": "nl",
    "portuguese": "pt", "portugais": "pt", "português": "pt",
}  # fmt: skip
MOST_MENTEES = 10
LONGEST_TEXT = 4000
MOST_ITEMS = 50


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as far as it matters here.

    ``text`` is what the person wrote. For choices, ``values`` are the operator's words for the options where there
    are any, else pretix's option identifiers; ``tags`` are texts that are the same for everybody, in any language.
    """

    identifier: str
    text: str
    values: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(slots=True)
class _Draft:
    """A profile in the making: facets by name, and yes or no by name."""

    facets: dict[str, Any]
    votes: dict[str, bool]
    capacity: int = 1


def read_profile(
    position: Mapping[str, Any], order_locale: str, form: Form, questions: Mapping[str, Question]
) -> Profile:
    """Return the profile that a validated position gives; the answer that entremise wrote itself is left out."""
    draft, extra = _Draft({}, {}), {}
    for row in position["answers"]:
        identifier = row["question_identifier"]
        if form.is_ours(identifier):
            continue
        targets = form.targets_for(identifier)
        if targets == ():
            continue
        answer = read_answer(row, form, questions)
        # Every target is tried: one sentence may stand for several consents.
        understood = [_READERS[target](draft, target, answer) for target in targets or ()]
        if answer.text and not (understood and all(understood)):
            extra[identifier] = answer.text
    votes = draft.votes
    return Profile(
        name=(position["attendee_name"] or "").strip(),
        languages=draft.facets.pop("languages", ()) or _language_of(order_locale, form),
        organisation=draft.facets.pop("organisation", None) or position["company"] or None,
        visible=draft.facets.pop("visible", form.visible),
        mentoring=Mentoring(_role(votes), draft.capacity),
        consent=Consent(**{key.removeprefix("consent."): yes for key, yes in votes.items() if "." in key}),
        first_time=votes.get("first_time"),
        hidden_for_matching=votes.get("hidden_for_matching", False),
        extra=extra,
        **draft.facets,
    )


def needs_labels(positions: Iterable[Mapping[str, Any]], form: Form) -> bool:
    """Whether some answer is a choice whose text has to be looked up in the list of questions."""
    return any(
        option not in form.options
        for position in positions
        for row in position["answers"]
        if any(
            _READERS[target] in {_facet, _text}
            for target in form.targets_for(row["question_identifier"]) or ()
        )
        for option in row["option_identifiers"]
    )


def read_answer(row: Mapping[str, Any], form: Form, questions: Mapping[str, Question]) -> Answer:
    """Return a validated answer with texts for its options that do not depend on the attendee's language."""
    text = (row["answer"] or "").strip()[:LONGEST_TEXT]
    chosen = row["option_identifiers"]
    if not chosen:
        return Answer(row["question_identifier"], text, (text,) if text else (), tuple(_items(text)))
    question = questions.get(row["question_identifier"])
    labels = question.labels if question else {}
    values = tuple(form.options.get(option, option) for option in chosen)
    tags = tuple(form.options.get(option) or labels.get(option) or option for option in chosen)
    return Answer(row["question_identifier"], text, values, tags)


def _items(text: str) -> Sequence[str]:
    """Split what somebody typed: one item a line, or between semicolons; a sentence with commas stays whole."""
    parts = (part.strip(" \t-*•") for part in re.split(r"[\r\n;]+", text))
    return [part for part in parts if part][:MOST_ITEMS]


def _language_of(locale: str, form: Form) -> tuple[str, ...]:
    """Return the language in which the ticket was ordered: the person can at least read that."""
    code = language_code(locale)
    return (
        (code,) if form.language_from_order and code.isascii() and code.isalpha() and len(code) == 2 else ()
    )


def _role(votes: Mapping[str, bool]) -> Role:
    mentor, mentee = votes.get("mentor", False), votes.get("mentee", False)
    return "both" if mentor and mentee else "mentor" if mentor else "mentee" if mentee else "none"


def _facet(draft: _Draft, target: str, answer: Answer) -> bool:
    known = draft.facets.get(target, ())
    draft.facets[target] = (*known, *(tag for tag in answer.tags if tag not in known))
    return True


def _text(draft: _Draft, target: str, answer: Answer) -> bool:
    text = ", ".join(answer.tags) if answer.values != (answer.text,) else answer.text
    if text:
        draft.facets[target] = "\n".join(part for part in (draft.facets.get(target), text) if part)
    return True


def _vote(draft: _Draft, target: str, answer: Answer) -> bool:
    word = answer.values[0].casefold() if len(answer.values) == 1 else ""
    if word not in YES | NO:
        return False
    # Where two questions speak of one consent, both have to say yes.
    draft.votes[target] = word in YES and draft.votes.get(target, True)
    return True


def _seniority(draft: _Draft, target: str, answer: Answer) -> bool:
    word = answer.values[0].casefold() if len(answer.values) == 1 else ""
    level = SENIORITY.get(word, int(word) if word in {"0", "1", "2", "3", "4", "5"} else None)
    if level is not None:
        draft.facets[target] = level
    return level is not None


def _capacity(draft: _Draft, _target: str, answer: Answer) -> bool:
    word = answer.values[0] if len(answer.values) == 1 else ""
    if not re.fullmatch(r"[0-9]{1,2}(\.0+)?", word) or not 1 <= int(float(word)) <= MOST_MENTEES:
        return False
    draft.capacity = int(float(word))
    return True


def _mode(draft: _Draft, target: str, answer: Answer) -> bool:
    word = answer.values[0].casefold().replace("-", "_").replace(" ", "_") if len(answer.values) == 1 else ""
    if word in MODES:
        draft.facets[target] = MODES[word]
    return word in MODES


def _languages(draft: _Draft, target: str, answer: Answer) -> bool:
    words = [word.strip().casefold() for value in answer.values for word in re.split(r"[,;/\n]+", value)]
    codes = [word if word in LANGUAGES.values() else LANGUAGES.get(word) for word in words if word]
    known = cast("list[str]", [code for code in codes if code])
    draft.facets[target] = tuple(dict.fromkeys((*draft.facets.get(target, ()), *known)))
    return None not in codes


def _visible(draft: _Draft, target: str, answer: Answer) -> bool:
    names = [value.casefold() for value in answer.values]
    draft.facets[target] = tuple(name for name in SHOWN if name in names)
    return all(name in SHOWN for name in names)


_READERS: Mapping[str, Callable[[_Draft, str, Answer], bool]] = {
    **dict.fromkeys(("interests", "challenges", "goals", "offers", "needs"), _facet),
    **dict.fromkeys(("bio", "organisation", "title", "sector"), _text),
    **dict.fromkeys(("mentor", "mentee", "first_time", "hidden_for_matching"), _vote),
    **dict.fromkeys(tuple(f"consent.{name}" for name in Consent.__dataclass_fields__), _vote),
    "languages": _languages,
    "seniority": _seniority,
    "mode": _mode,
    "capacity": _capacity,
    "visible": _visible,
}
"""How each target is read; each reader says whether it understood."""
