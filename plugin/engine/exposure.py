"""From ranked candidates to final lists in which everybody is shown often enough and nobody too often.

Of the rules, in this order: only allowed people and nobody over the cap; an experienced contact for each newcomer;
everybody as often as their floor asks; full lists; few of one organisation; and then the greatest total score. What
was shown before stays unless it is clearly worse. Whoever cannot be shown often enough is named with the reason.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .allocation import Allocation, Effect, Exposure, Group, Shortage, account, effect, rules_of, sorted_lists
from .chains import NEGLIGIBLE, fill_by_chains, lift_by_chains
from .moves import ANY_GAIN, accompany, fill, fill_from, insert, lift, lift_by, trim, vary
from .places import Places
from .reach import (
    AS_EQUAL,
    NOBODY,
    Candidates,
    Pairs,
    Reach,
    Rows,
    Worth,
    blocks,
    in_order,
    joined,
    places_of,
)

__all__ = [
    "Allocation", "Candidates", "Effect", "Exposure", "Group", "Shortage", "allocate", "effect", "reallocate",
]  # fmt: skip


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
        here=people.here[order],
    )
    reach = Reach(forwards, backwards, people.ids, people.here, often=True)
    everything = reach.all_own()
    rules = rules_of(wishes, people)
    if previous is None:
        places = Places(*_plain(reach, everything, wishes.length), rules)
    else:
        places = Places(*_kept(reach, places_of(order)[previous[order]], wishes), rules)
    trim(places)
    _settle(places, reach, everything)
    places.members, scores = sorted_lists(places.members, reach.scores(np.arange(len(order)), places.members))
    made = account(places, reach, scores)
    back = np.argsort(order)
    return Allocation(
        members=np.where(made.members >= 0, order[made.members], NOBODY).astype(np.int32)[back],
        scores=made.scores[back],
        shown=made.shown[back],
        short=np.sort(order[made.short]),
        reasons=made.reasons[np.argsort(order[made.short])],
        alone=np.sort(order[made.alone]),
    )


def reallocate(
    before: Allocation,
    candidates: Candidates,
    wishes: Exposure,
    people: Group,
    *,
    touched: Rows,
    audiences: Candidates | None = None,
) -> Allocation:
    """Make lists obey the rules again after a few people changed, touching as few other lists as that takes.

    ``touched`` are the rows whose candidates, audiences, scores or attributes are not what they were ``before``, those
    of people who left (no longer ``here``) among them; people who are new have the rows after all others, or those of
    people who left earlier. Floors, cap and length must be those of ``before``. The work grows with the number of
    touched rows; of everybody there are only a few passes over what is in the lists.
    """
    known = len(before.members)
    new = len(people) - known
    touched = np.unique(np.r_[touched, known : len(people)]).astype(np.intp)
    reach = Reach(candidates, candidates if audiences is None else audiences, people.ids, people.here)
    members = np.pad(before.members, ((0, new), (0, 0)), constant_values=NOBODY)
    scores = np.pad(before.scores, ((0, new), (0, 0)), constant_values=-1)
    shown = np.pad(before.shown, (0, new))
    places = Places(
        members, scores + (np.float32(wishes.keep_bonus) + AS_EQUAL), rules_of(wishes, people), shown
    )
    capped, free, short = places.room() <= 0, places.free > 0, places.needed() > 0
    concerned = _weighed_anew(places, reach, touched, wishes.keep_bonus)
    trim(places)
    theirs = touched[people.here[touched]]
    own, audience = reach.own(theirs), reach.own_audience(theirs)
    free[touched] = short[touched] = False
    waiting = reach.own(np.flatnonzero(free & people.here))
    moves, promising = -1, True
    while moves < places.moves:
        moves = places.moves
        accompany(places, reach, np.flatnonzero(places.rules.newcomer))
        for pairs in (own, audience):
            insert(places, pairs, places.room, least=ANY_GAIN, strict=True)
        fill(places, reach, np.flatnonzero((places.free > 0) & ~free & people.here))
        released = reach.own_audience(np.flatnonzero(capped & (places.room() > 0)))
        for pairs in (waiting, released, audience):
            fill_from(places, pairs)
        lift(places, reach, np.flatnonzero((places.needed() > 0) & ~short))
        lift_by(places, own)
        vary(places, reach, np.flatnonzero(places.changed))
        if moves == places.moves:
            if promising:
                freed = np.flatnonzero((places.free > 0) & ~free & people.here)
                promising = fill_by_chains(places, reach, freed)
            lift_by_chains(places, reach, np.flatnonzero((places.needed() > 0) & ~short))
    places.changed[concerned] = True
    rows = np.flatnonzero(places.changed)
    members[rows], scores[rows] = sorted_lists(members[rows], reach.scores(rows, members[rows]))
    return account(places, reach, scores)


def _weighed_anew(places: Places, reach: Reach, touched: Rows, bonus: float) -> Rows:
    """Weigh what stands in the lists of ``touched`` and where they stand, take out what is no longer allowed.

    Returns the hosts of these lists.
    """
    hosts, slots = places.where(touched)
    row, column = np.nonzero(places.members[touched] >= 0)
    places_ = np.unique(np.r_[hosts, touched[row]] * places.members.shape[1] + np.r_[slots, column])
    hosts, slots = np.divmod(places_, places.members.shape[1])
    scores = reach.scores(hosts, places.members[hosts, slots][:, None])[:, 0]
    places.worth[hosts, slots] = scores + (np.float32(bonus) + AS_EQUAL)
    places.clear(hosts[scores < 0], slots[scores < 0])
    return np.union1d(hosts, touched)


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
    worth = reach.worth(everybody[:, None], members.astype(np.intp), scores) + np.float32(wishes.keep_bonus)
    return np.where(allowed, members, np.int32(NOBODY)), np.where(allowed, worth, np.float32(0))


def _settle(places: Places, reach: Reach, everything: Worth) -> None:
    """Bring everybody's lists to the rules, and then to more of a score, until nothing changes."""
    everybody = np.flatnonzero(reach.here[:-1])
    moves, promising = -1, True
    while moves < places.moves:
        moves = places.moves
        accompany(places, reach, everybody)
        fill(places, reach, everybody)
        lift(places, reach, everybody)
        insert(places, _gainful(places, reach, everything), places.room, least=ANY_GAIN, strict=True)
        vary(places, reach, everybody)
        if moves == places.moves and places.members.size < NEGLIGIBLE:
            # In greater crowds the little that it gains takes as long as all else.
            others = _gainful_to_others(places, reach, everybody)
            insert(places, others, places.room, least=ANY_GAIN, strict=True)
        if moves == places.moves:
            promising = promising and fill_by_chains(places, reach, everybody)
            lift_by_chains(places, reach, everybody)


def _gainful(places: Places, reach: Reach, everything: Worth) -> Pairs:
    """Return the pairs of people who have room with hosts to whom they are worth more than the weakest."""
    open_ = np.append(places.room() > 0, False)
    found = []
    for rows in blocks(len(reach)):
        members, worth = reach.candidates.members[rows], everything[rows]
        weakest = places.weakest(rows)[1]
        row, column = np.nonzero((worth > weakest[:, None]) & (worth >= 0) & open_[members])
        pairs = Pairs(rows[row], members[row, column].astype(np.intp), worth[row, column])
        found.append(pairs.where(~places.hold(pairs)))
    return joined(*found)


def _gainful_to_others(places: Places, reach: Reach, people: Rows) -> Pairs:
    """Return the same pairs where hosts are in the audiences of people, whether or not these are their candidates."""
    weakest = places.weakest(np.arange(len(reach)))[1]
    people = people[places.room()[people] > 0]
    found = []
    for block in blocks(len(people)):
        pairs = reach.own_audience(people[block])
        pairs = pairs.where(pairs.worth > weakest[pairs.hosts])
        found.append(pairs.where(~places.hold(pairs)))
    return joined(*found)
