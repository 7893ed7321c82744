"""What an organiser asks of lists, who the people are, and the lists that came of it with an account of the rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from .places import Flags, Places, Rules
from .reach import Candidates, Reach, Rows, Worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What the organiser asked for.

    Lists of ``length``; everybody in at least ``floor`` lists (newcomers: ``newcomer_floor``) and at most ``cap``;
    at most ``per_organisation`` of one organisation in a list where there are others (0: no limit). Somebody new
    replaces somebody shown before only when worth more by over ``keep_bonus``. Raises ``ValueError`` where no lists
    could be like that.
    """

    length: int
    floor: int
    cap: int
    newcomer_floor: int = 0
    per_organisation: int = 0
    keep_bonus: float = 0.0

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError(f"lists of {self.length} show nobody")
        if not 0 <= self.floor <= self.cap or self.newcomer_floor > self.cap:
            raise ValueError(
                f"floors {self.floor} and {self.newcomer_floor} do not fit under a cap of {self.cap}"
            )
        if self.per_organisation < 0 or not self.keep_bonus >= 0:
            raise ValueError("neither a limit of one organisation nor a bonus can be negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """n people: ``ids`` (n,) distinct, which decide between equals; ``organisations`` (n,), -1 where unknown;
    ``newcomer`` (n,) who gets the higher floor and an experienced contact; ``experienced`` (n,); ``here`` (n,) who
    takes part at all: the others have no list and are in none, whoever's candidates they still are.
    """

    ids: NDArray[np.int64]
    organisations: NDArray[np.int32]
    newcomer: Flags
    experienced: Flags
    here: Flags

    def __len__(self) -> int:
        return len(self.ids)


class Shortage(IntEnum):
    """Why somebody is shown less often than their floor asks."""

    TOO_FEW_ALLOWED = 0
    """There are fewer people who may be shown them than the floor asks: more candidates might help."""
    ALL_TAKEN = 1
    """Enough people may be shown them, but their lists are full of others who would fall short in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """Final lists of n people, best first, and who of them did not get what the rules promise.

    ``members`` (n, length) rows, -1 at the end; ``scores`` (n, length), -1 where none; ``shown`` (n,) in how many
    lists each is; ``short`` ascending rows shown less often than their floor asks, and ``reasons`` why (``Shortage``);
    ``alone`` ascending rows of newcomers without an experienced contact.
    """

    members: NDArray[np.int32]
    scores: NDArray[np.float32]
    shown: NDArray[np.int32]
    short: Rows
    reasons: NDArray[np.int8]
    alone: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What the rules did to lists, against everybody's plain best candidates.

    ``lifted`` ascending rows that only the floor made shown as often as they are; ``cost`` the part of the total
    score that was given up.
    """

    lifted: Rows
    cost: float


def rules_of(wishes: Exposure, people: Group) -> Rules:
    """Return the organiser's wishes as what holds for each of these people."""
    floors = np.where(people.newcomer, max(wishes.floor, wishes.newcomer_floor), wishes.floor)
    return Rules(
        floors=np.where(people.here, floors, 0).astype(np.int32),
        cap=wishes.cap,
        per_organisation=wishes.per_organisation,
        organisations=people.organisations,
        newcomer=people.newcomer & people.here,
        experienced=people.experienced & people.here,
    )


def effect(allocation: Allocation, candidates: Candidates, wishes: Exposure, people: Group) -> Effect:
    """Return what the rules did and cost; one pass over everybody's lists."""
    plain, worth = candidates.members[:, : wishes.length], candidates.scores[:, : wishes.length]
    here = np.append(people.here, False)
    there = (worth >= 0) & here[plain] & people.here[:, None] & (plain != np.arange(len(people))[:, None])
    shown_plainly = np.bincount(plain[there], minlength=len(people))
    best = float(worth.sum(dtype=np.float64, where=there))
    total = float(allocation.scores.sum(dtype=np.float64, where=allocation.members >= 0))
    lifted = (shown_plainly < rules_of(wishes, people).floors) & (allocation.shown > shown_plainly)
    return Effect(lifted=np.flatnonzero(lifted), cost=1.0 - total / best if best else 0.0)


def account(places: Places, reach: Reach, scores: Worth) -> Allocation:
    """Return the lists in ``places`` as they stand, with their ``scores`` (n, length), and who fell short."""
    short = np.flatnonzero(places.needed())
    newcomers = np.flatnonzero(places.rules.newcomer)
    return Allocation(
        members=places.members,
        scores=scores,
        shown=places.shown,
        short=short,
        reasons=_reasons(reach, short, places.rules),
        alone=newcomers[places.alone(newcomers)],
    )


def sorted_lists(members: NDArray[np.int32], scores: Worth) -> tuple[NDArray[np.int32], Worth]:
    """Return lists (k, length) and their scores, best first and free places last."""
    order = np.lexsort((members, -scores), axis=1)
    return np.take_along_axis(members, order, axis=1), np.take_along_axis(scores, order, axis=1)


def _reasons(reach: Reach, short: Rows, rules: Rules) -> NDArray[np.int8]:
    if not len(short):
        return np.empty(0, dtype=np.int8)
    pairs = reach.of_people(short)
    distinct = np.sort(pairs.people * np.int64(len(reach)) + pairs.hosts)
    distinct = distinct[np.r_[True, distinct[1:] != distinct[:-1]]] if len(distinct) else distinct
    allowed = np.bincount(distinct // len(reach), minlength=len(reach))[short]
    few = allowed < rules.floors[short]
    return np.where(few, Shortage.TOO_FEW_ALLOWED, Shortage.ALL_TAKEN).astype(np.int8)
