"""Why a mentee has nobody: the one constraint that stopped them, told from what stops each single pair."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from .mentorship_candidates import AT_ONCE, Block, Rows
from .mentorship_rules import Hindrance, Hindrances


class Reason(StrEnum):
    """Why a mentee has no mentor; those after ``FULL`` are what stops them with every mentor, as in ``Hindrance``."""

    NOBODY = "nobody"
    """Nobody else is a mentor."""
    FULL = "full"
    """There are mentors who fit; all their places are taken."""
    PAUSED = "paused"
    MENTORS_PAUSED = "mentors_paused"
    VETO = "veto"
    LANGUAGE = "language"
    MODE = "mode"
    ROLES = "roles"
    SENIORITY = "seniority"
    ORGANISATION = "organisation"
    SECTOR = "sector"
    EXCLUDED = "excluded"
    SEVERAL = "several"
    """With every mentor at least two constraints at once."""


_REASONS = {
    Hindrance.MENTOR_PAUSED: Reason.MENTORS_PAUSED,
    Hindrance.VETO: Reason.VETO,
    Hindrance.LANGUAGE: Reason.LANGUAGE,
    Hindrance.MODE: Reason.MODE,
    Hindrance.ROLES: Reason.ROLES,
    Hindrance.SENIORITY: Reason.SENIORITY,
    Hindrance.ORGANISATION: Reason.ORGANISATION,
    Hindrance.SECTOR: Reason.SECTOR,
    Hindrance.EXCLUDED: Reason.EXCLUDED,
}


@dataclass(frozen=True, slots=True)
class Lacking:
    """A mentee without a mentor and the constraint that stopped them.

    ``mentors``: how many mentors would be possible without this constraint alone (with ``FULL``: how many fit).
    ``others``: with how many mentors each constraint stands in the way, alone or with others.
    """

    mentee: int
    reason: Reason
    mentors: int
    others: dict[Reason, int]


class Stopped(Protocol):
    """Knows what stops pairs; ``Programme`` does."""

    def values(self, places: Rows) -> Block: ...

    def hindrances(self, places: Rows) -> Hindrances: ...


def lacking(pool: Stopped, mentees: Rows) -> list[Lacking]:
    """Tell of each of these mentees, who have no mentor, what stopped them."""
    found = []
    for start in range(0, len(mentees), AT_ONCE):
        rows = mentees[start : start + AT_ONCE]
        stopped = pool.hindrances(rows).copy()
        stopped[(pool.values(rows) < 0) & (stopped == 0)] = Hindrance.EXCLUDED
        found += [_told(int(mentee), row) for mentee, row in zip(rows, stopped, strict=True)]
    return found


def _told(mentee: int, stopped: Hindrances) -> Lacking:
    stopped = stopped[(stopped & Hindrance.SELF) == 0]
    others = {
        reason: count
        for hindrance, reason in _REASONS.items()
        if (count := int(((stopped & hindrance) > 0).sum()))
    }
    if not len(stopped):
        return Lacking(mentee, Reason.NOBODY, 0, others)
    if (stopped & Hindrance.MENTEE_PAUSED).all():
        return Lacking(mentee, Reason.PAUSED, int((stopped == Hindrance.MENTEE_PAUSED).sum()), others)
    fit = int((stopped == 0).sum())
    if fit:
        return Lacking(mentee, Reason.FULL, fit, others)
    alone = {reason: int((stopped == hindrance).sum()) for hindrance, reason in _REASONS.items()}
    reason = max(alone, key=lambda one: alone[one])
    if alone[reason]:
        return Lacking(mentee, reason, alone[reason], others)
    # With nobody it is one constraint alone. One that all of them have in common is still what has to go first.
    always = [one for one, count in others.items() if count == len(stopped)]
    return Lacking(mentee, always[0] if always else Reason.SEVERAL, 0, others)
