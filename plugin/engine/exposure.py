"""From ranked candidates to final lists in which everybody is shown often enough and nobody too often.

Of the rules, in this order: only allowed people and nobody over the cap; an experienced contact for each newcomer;
everybody as often as their floor asks; full lists; few of one organisation; and then the greatest total score. What
was shown before stays unless it is clearly worse. Whoever cannot be shown often enough is named with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from .moves import accompany, fill, insert, lift, trim
from .places import Flags, Places, Rules
from .reach import NOBODY, Candidates, Pairs, Reach, Rows, Worth, blocks, in_order, places_of

__all__ = ["Allocation", "Candidates", "Exposure", "Group", "Shortage", "allocate"]


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
    ``newcomer`` (n,) who gets the higher floor and an experienced contact; ``experienced`` (n,).
    """

    ids: NDArray[np.int64]
    organisations: NDArray[np.int32]
    newcomer: Flags
    experienced: Flags

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
    """Final lists of n people, best first, and what the rules did to them.

    ``members`` (n, length) rows, -1 at the end; ``scores`` (n, length), -1 where none; ``shown`` (n,) in how many
    lists each is; ``lifted`` ascending rows that only the floor made shown as often as they are; ``short`` ascending
    rows shown less often than their floor asks, and ``reasons`` why (``Shortage``); ``alone`` ascending rows of
    newcomers without an experienced contact; ``cost`` the part of the total score of plain best lists that was given
    up for the rules.
    """

    members: NDArray[np.int32]
    scores: NDArray[np.float32]
    shown: NDArray[np.int32]
    lifted: Rows
    short: Rows
    reasons: NDArray[np.int8]
    alone: Rows
    cost: float


def allocate(
    candidates: Candidates,
    wishes: Exposure,
    people: Group,
    *,
    audiences: Candidates | None = None,
    previous: NDArray[np.int32] | None = None,
) -> Allocation:
    """Make everybody's lists.

    Somebody may be shown whoever is among their ``candidates``, and whoever has them in their ``audiences``: for each
    person the best people to be shown to. Where scores are symmetric these are the candidates again (None); give them
    where a score has a direction. ``previous`` (n, length) are lists shown before, -1 where none. The order of rows
    makes no difference.
    """
    order = np.argsort(people.ids, kind="stable")
    forwards = in_order(candidates, order)
    backwards = forwards if audiences is None else in_order(audiences, order)
    people = Group(
        ids=people.ids[order],
        organisations=people.organisations[order],
        newcomer=people.newcomer[order],
        experienced=people.experienced[order],
    )
    reach = Reach(forwards, backwards, people.ids)
    everything = reach.all_own()
    rules = _rules(wishes, people)
    if previous is None:
        places = Places(*_plain(reach, everything, wishes.length), rules)
    else:
        places = Places(*_kept(reach, places_of(order)[previous[order]], wishes), rules)
    trim(places)
    _settle(places, reach, everything)
    made = _finished(places, reach, everything)
    back = np.argsort(order)
    return Allocation(
        members=np.where(made.members >= 0, order[made.members], NOBODY).astype(np.int32)[back],
        scores=made.scores[back],
        shown=made.shown[back],
        lifted=np.sort(order[made.lifted]),
        short=np.sort(order[made.short]),
        reasons=made.reasons[np.argsort(order[made.short])],
        alone=np.sort(order[made.alone]),
        cost=made.cost,
    )


def _rules(wishes: Exposure, people: Group) -> Rules:
    floors = np.full(len(people), wishes.floor, dtype=np.int32)
    floors[people.newcomer] = max(wishes.floor, wishes.newcomer_floor)
    return Rules(
        floors=floors,
        cap=wishes.cap,
        per_organisation=wishes.per_organisation,
        organisations=people.organisations,
        newcomer=people.newcomer,
        experienced=people.experienced,
    )


def _plain(reach: Reach, everything: Worth, length: int) -> tuple[NDArray[np.int32], Worth]:
    """Return each one's best candidates and their worth, whatever the rules, (n, length)."""
    members = np.full((len(reach), length), NOBODY, dtype=np.int32)
    worth = np.zeros((len(reach), length), dtype=np.float32)
    width = min(length, everything.shape[1])
    for rows in blocks(len(reach)):
        best = np.argsort(-everything[rows], axis=1)[:, :width]
        values = np.take_along_axis(everything[rows], best, axis=1)
        whom = np.take_along_axis(reach.candidates.members[rows], best, axis=1)
        members[rows, :width] = np.where(values >= 0, whom, np.int32(NOBODY))
        worth[rows, :width] = np.maximum(values, 0)
    return members, worth


def _kept(reach: Reach, previous: NDArray[np.int32], wishes: Exposure) -> tuple[NDArray[np.int32], Worth]:
    """Return what of the lists shown before is still allowed, and its worth with the bonus, (n, length)."""
    members = np.full((len(reach), wishes.length), NOBODY, dtype=np.int32)
    width = min(wishes.length, previous.shape[1])
    members[:, :width] = previous[:, :width]
    everybody = np.arange(len(reach))
    scores = reach.scores(everybody, members)
    allowed = scores >= 0
    worth = reach.worth(everybody[:, None], members, scores) + np.float32(wishes.keep_bonus)
    return np.where(allowed, members, np.int32(NOBODY)), np.where(allowed, worth, np.float32(0))


def _settle(places: Places, reach: Reach, everything: Worth) -> None:
    """Bring everybody's lists to the rules, and then to more of a score, until nothing changes."""
    everybody = np.arange(len(reach))
    accompany(places, reach, everybody)
    moves = -1
    while moves < places.moves:
        moves = places.moves
        fill(places, reach, everybody)
        lift(places, reach, everybody)
        insert(places, _gainful(places, reach, everything), places.room, least=np.float32(0), strict=True)


def _gainful(places: Places, reach: Reach, everything: Worth) -> Pairs:
    """Return the pairs of people who have room with hosts to whom they are worth more than the weakest."""
    open_ = np.append(places.room() > 0, False)
    found = []
    for rows in blocks(len(reach)):
        members, worth = reach.candidates.members[rows], everything[rows]
        weakest = places.weakest(rows)[1]
        row, column = np.nonzero((worth > weakest[:, None]) & open_[members])
        pairs = Pairs(rows[row], members[row, column].astype(np.intp), worth[row, column])
        found.append(pairs.where(~places.hold(pairs)))
    return Pairs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _finished(places: Places, reach: Reach, everything: Worth) -> Allocation:
    everybody = np.arange(len(reach))
    scores = reach.scores(everybody, places.members)
    order = np.lexsort((places.members, -scores), axis=1)
    plain, worth = _plain(reach, everything, places.members.shape[1])
    shown_plainly = np.bincount(plain[plain >= 0], minlength=len(reach))
    best = float(worth.sum(dtype=np.float64))
    short = np.flatnonzero(places.needed())
    lifted = (shown_plainly < places.rules.floors) & (places.shown > shown_plainly)
    return Allocation(
        members=np.take_along_axis(places.members, order, axis=1),
        scores=np.take_along_axis(scores, order, axis=1),
        shown=places.shown,
        lifted=np.flatnonzero(lifted),
        short=short,
        reasons=_reasons(reach, short, places.rules),
        alone=np.flatnonzero(places.alone()),
        cost=1.0 - float(scores[scores > 0].sum(dtype=np.float64)) / best if best else 0.0,
    )


def _reasons(reach: Reach, short: Rows, rules: Rules) -> NDArray[np.int8]:
    pairs = reach.of_people(short)
    distinct = np.unique(pairs.hosts * np.int64(len(reach)) + pairs.people) % max(len(reach), 1)
    allowed = np.bincount(distinct, minlength=len(reach))[short]
    few = allowed < rules.floors[short]
    return np.where(few, Shortage.TOO_FEW_ALLOWED, Shortage.ALL_TAKEN).astype(np.int8)
