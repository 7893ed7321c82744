"""Puts a suggestion into words: from structured reasons to the payload that a host shows.

An organisation or a title is given only where its owner made it visible; the name always, since who agreed to
matching agreed to be named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from ..domain.model import Attendee, HostEvent
from ..domain.suggestions import Reason, Suggestion
from .reasons import Grounds, reasons
from .wording import language_name, reading_language, say, topic_name

Standing = Literal["mentor", "mentee"]


class Presenter:
    """Writes for the attendees that it is given; everybody read or written about must be among them."""

    def __init__(self, host_event: HostEvent, attendees: Mapping[str, Attendee]) -> None:
        self._host_event = host_event
        self._attendees = attendees
        self._found: dict[tuple[str, str, bool], tuple[Reason, ...]] = {}

    def language(self, ref: str) -> str:
        """Return the language in which this person is written to."""
        return reading_language(self._attendees[ref].profile.languages, self._host_event.languages)

    def suggestion(
        self,
        recipient: str,
        person: str,
        score: float,
        grounds: tuple[Grounds, Grounds],
        *,
        standing: Standing | None = None,
    ) -> Suggestion:
        """Choose the reasons. ``grounds`` are what speaks for the person to the recipient, and the other way round.

        ``standing`` is what the recipient is to the person in a mentorship.
        """
        back = self._reasons(person, recipient, grounds[1], seeking=standing == "mentor")
        return Suggestion(
            person=person,
            score=score,
            for_you=self._reasons(recipient, person, grounds[0], seeking=standing == "mentee"),
            for_them=tuple(_seen_from_the_other_side(reason) for reason in back),
        )

    def item(self, recipient: str, suggestion: Suggestion, rank: int) -> dict[str, Any]:
        """Return the suggestion as JSON-ready data in the recipient's language."""
        profile = self._attendees[suggestion.person].profile
        language = self.language(recipient)
        item: dict[str, Any] = {"person": suggestion.person, "name": profile.name}
        if "organisation" in profile.visible and profile.organisation:
            item["organisation"] = profile.organisation
        if "title" in profile.visible and profile.title:
            item["title"] = profile.title
        item["rank"] = rank
        item["score"] = shown_score(suggestion.score)
        item["for_you"] = _sentences(suggestion.for_you, language)
        item["for_them"] = _sentences(suggestion.for_them, language)
        return item

    def _reasons(self, mine: str, theirs: str, grounds: Grounds, *, seeking: bool) -> tuple[Reason, ...]:
        # Two who are suggested to each other give the same reasons twice.
        known = self._found.get((mine, theirs, seeking))
        if known is None:
            one, other = self._attendees[mine].profile, self._attendees[theirs].profile
            known = self._found[mine, theirs, seeking] = reasons(one, other, grounds, seeking=seeking)
        return known


def shown_score(score: float) -> float:
    """Return a score as hosts get it: so that a difference nobody could see makes no new revision.

    >>> shown_score(0.123456)
    0.123
    """
    return round(score, 3)


def _seen_from_the_other_side(reason: Reason) -> Reason:
    code = _MIRRORED.get(reason.code, reason.code)
    return replace(reason, code=code, mine=reason.theirs, theirs=reason.mine)


def _sentences(found: Sequence[Reason], language: str) -> list[dict[str, str]]:
    return [{"code": reason.code, "text": _sentence(reason, language)} for reason in found]


def _sentence(reason: Reason, language: str) -> str:
    if reason.code == "language":
        return say(language, reason.code, mine=language_name(language, reason.mine))
    if reason.code == "same_topic":
        return say(language, reason.code, mine=topic_name(language, reason.mine))
    return say(language, reason.code, mine=reason.mine, theirs=reason.theirs)


_MIRRORED = {
    "need_offered": "offer_needed", "need_offer": "offer_need", "challenge_offer": "offer_challenge", "goal_offer": "offer_goal",
    "more_senior": "less_senior",
}  # fmt: skip
"""What a reason of theirs is called when it is told to me; the others read the same from both sides."""
