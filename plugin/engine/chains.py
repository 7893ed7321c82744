"""Chains of exchanges, for whom no single move helps: one takes another's place, who takes another's, and so on.

These are the augmenting paths of a flow: where none is found, nobody's giving way can help, so that being short is
proved and not only likely. All who wait are searched for together; trees that grew from different ones share nobody,
so that many chains can be carried out at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .places import Places, ranks
from .reach import Pairs, Reach, Rows

_SEARCHES = 64
"""So many times at most are those who wait searched for; only crowds who cannot all be served need more than a few."""


def lift_by_chains(places: Places, reach: Reach, people: Rows) -> None:
    """Let people who are shown less often than their floor asks take places whose holders find others."""
    for _ in range(_SEARCHES):
        people = people[places.needed()[people] > 0]
        if not len(people) or not _lift(places, reach, people):
            return


def fill_by_chains(places: Places, reach: Reach, hosts: Rows) -> None:
    """Fill free places of these hosts with people who are shown as often as they may be, and others in their stead."""
    for _ in range(_SEARCHES):
        hosts = hosts[places.free[hosts] > 0]
        if not len(hosts) or not _fill(places, reach, hosts):
            return


class _Trees:
    """One search: to which tree hosts and people belong (the row of who waits, or -1), and which trees bore fruit."""

    def __init__(self, people: int) -> None:
        self.of_host = np.full(people, -1, dtype=np.intp)
        self.of_person = np.full(people, -1, dtype=np.intp)
        self.partner = np.full(people, -1, dtype=np.intp)
        """Lifting: who comes to each host. Filling: to which host each person comes."""
        self.place = np.full(people, -1, dtype=np.intp)
        """Lifting: which place, of all places, each person leaves. Filling: which place each host gives away."""
        self.served = np.zeros(people, dtype=np.bool_)

    def serve(self, trees: Rows, preference: NDArray[np.float32]) -> Rows:
        """Return where the most preferred of each tree stands that bore no fruit yet."""
        order = np.flatnonzero(~self.served[trees])
        order = order[np.argsort(-preference[order], kind="stable")]
        order = order[_first(trees[order])]
        self.served[trees[order]] = True
        return order


def _lift(places: Places, reach: Reach, waiting: Rows) -> bool:
    """Search once from people towards a free place or somebody who is shown more often than need be."""
    length = places.members.shape[1]
    trees = _Trees(len(reach))
    trees.of_person[waiting] = waiting
    while len(waiting):
        pairs = reach.of_people(waiting)
        pairs = _best_first(places, pairs.where(trees.of_host[pairs.hosts] < 0))
        pairs = pairs.where(_first(pairs.hosts))
        hosts = pairs.hosts
        trees.of_host[hosts] = trees.of_person[pairs.people]
        trees.partner[hosts] = pairs.people
        members = places.members[hosts]
        movable = (members >= 0) & ~places.only_experienced(hosts)
        spare = np.where(members < 0, 1, np.where(movable, (places.shown - places.rules.floors)[members], 0))
        loss = np.where(
            spare > 0, np.where(members < 0, np.float32(-1), places.worth[hosts]), np.float32(np.inf)
        )
        slots = loss.argmin(axis=1)
        ends = np.flatnonzero((spare > 0).any(axis=1))
        leaving = members[ends, slots[ends]].astype(np.intp)
        ends = ends[(leaving < 0) | (ranks(leaving) < spare[ends, slots[ends]])]
        ends = ends[trees.serve(trees.of_host[hosts[ends]], pairs.worth[ends] - loss[ends, slots[ends]])]
        _carry_out_lifts(places, reach, trees, hosts[ends], slots[ends])
        row, slot = np.nonzero(movable & (spare <= 0) & (trees.of_person[members] < 0))
        growing = ~trees.served[trees.of_host[hosts[row]]]
        row, slot = row[growing], slot[growing]
        each = _first(members[row, slot])
        row, slot = row[each], slot[each]
        waiting = members[row, slot].astype(np.intp)
        trees.of_person[waiting] = trees.of_host[hosts[row]]
        trees.place[waiting] = hosts[row] * length + slot
    return bool(trees.served.any())


def _carry_out_lifts(places: Places, reach: Reach, trees: _Trees, hosts: Rows, slots: Rows) -> None:
    moved = [(hosts, slots, trees.partner[hosts])]
    while len(hosts):
        left = trees.place[trees.partner[hosts]]
        hosts, slots = np.divmod(left[left >= 0], places.members.shape[1])
        moved.append((hosts, slots, trees.partner[hosts]))
    _put(places, reach, moved)


def _fill(places: Places, reach: Reach, waiting: Rows) -> bool:
    """Search once from hosts with a free place towards somebody who has room."""
    length = places.members.shape[1]
    trees = _Trees(len(reach))
    trees.of_host[waiting] = waiting
    while len(waiting):
        pairs = reach.of_hosts(waiting)
        pairs = _best_first(places, pairs.where(trees.of_person[pairs.people] < 0))
        pairs = pairs.where(_first(pairs.people))
        people = pairs.people
        trees.of_person[people] = trees.of_host[pairs.hosts]
        trees.partner[people] = pairs.hosts
        has_room = places.room()[people] > 0
        ends = np.flatnonzero(has_room)
        ends = ends[trees.serve(trees.of_person[people[ends]], pairs.worth[ends])]
        _carry_out_fills(places, reach, trees, people[ends])
        full = people[~has_room & ~trees.served[trees.of_person[people]]]
        hosts, slots = places.where(full)
        fresh = (trees.of_host[hosts] < 0) & ~places.only_experienced(hosts)[np.arange(len(hosts)), slots]
        hosts, slots = hosts[fresh], slots[fresh]
        each = _first(hosts)
        waiting, slots = hosts[each], slots[each]
        trees.of_host[waiting] = trees.of_person[places.members[waiting, slots]]
        trees.place[waiting] = waiting * length + slots
    return bool(trees.served.any())


def _carry_out_fills(places: Places, reach: Reach, trees: _Trees, people: Rows) -> None:
    length = places.members.shape[1]
    moved = []
    while len(people):
        hosts = trees.partner[people]
        given = trees.place[hosts]
        free = (places.members[hosts] < 0).argmax(axis=1)
        slots = np.where(given >= 0, given % length, free)
        moved.append((hosts, slots, people))
        people = places.members[hosts, slots][given >= 0].astype(np.intp)
    if moved:
        _put(places, reach, moved)


def _put(places: Places, reach: Reach, moved: list[tuple[Rows, Rows, Rows]]) -> None:
    hosts, slots, people = (np.concatenate(part) for part in zip(*moved, strict=True))
    scores = reach.scores(hosts, people[:, None].astype(np.int32))[:, 0]
    places.put(Pairs(hosts, people, reach.worth(hosts, people, scores)), slots)


def _best_first(places: Places, pairs: Pairs) -> Pairs:
    pairs = pairs.where(~places.hold(pairs))
    return pairs.where(np.lexsort((pairs.hosts, pairs.people, -pairs.worth)))


def _first(rows: NDArray[np.intp] | NDArray[np.int32]) -> Rows:
    """Return where each row stands first, ascending."""
    return np.sort(np.unique(rows, return_index=True)[1])
