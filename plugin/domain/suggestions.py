"""What entremise works out, before it is put into words for a host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Feature = Literal["connections", "peers", "experts", "mentorship", "circles", "seating", "meetings", "topics"]
FEATURES: tuple[Feature, ...] = get_args(Feature)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two people should meet, seen from one side.

    ``code`` names a sentence in ``plugin/locales``; ``mine`` and ``theirs`` are what met what (only ever words
    that their owner made visible), ``facet`` is where mine stands; ``contribution`` is by how much the directed
    score would be lower without the two, 0 where the reason is no part of the score.
    """

    code: str
    mine: str = ""
    theirs: str = ""
    contribution: float = 0.0
    facet: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One person suggested to another. ``score`` is in [0, 1]; reasons are given in both directions."""

    person: str
    score: float
    for_you: tuple[Reason, ...] = ()
    for_them: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """All that one recipient gets of one feature, as it goes to the host.

    ``payload`` is JSON-ready and holds text in the recipient's language; ``None`` means withdrawn. ``revision``
    grows by one with every different payload. ``mentions`` are the people named in it.
    """

    installation_id: str
    host_event: str
    recipient: str
    feature: str
    revision: int
    payload: dict[str, Any] | None
    mentions: tuple[str, ...] = field(default=())

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt at this revision, different for every other."""
        return f"{self.installation_id}/{self.host_event}/{self.recipient}/{self.feature}/{self.revision}"
