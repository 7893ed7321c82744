"""Chains of exchanges, for whom no single move helps: one takes another's place, who takes another's, and so on.

These are the augmenting paths of a flow: where none is found, nobody's giving way can help, so that being short is
proved and not only likely. All who wait are searched for together; trees that grew from different ones share nobody,
so that many chains can be carried out at once. Floors are a promise and searched for to the end; of very many free
places a few are let be, for which everybody would have to be looked at again and again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .places import Places, ranks
from .reach import Pairs, Reach, Rows

_SEARCHES = 64
"""So many times at most are those who wait searched for; only crowds who cannot all be served need more than a few."""


_WIDE = 6144
"""So many lists at most are looked into at each step of a search for free places."""
_NEAREST = 4
"""Of so many candidates one nearly always has room."""
_CLAIMS = 12
"""For so many hosts at most is the same person wanted in one search; each is served out of another list."""
NEGLIGIBLE = 20_000
"""One free place in so many is not worth another search."""


def lift_by_chains(places: Places, reach: Reach, people: Rows) -> None:
    """Let people who are shown less often than their floor asks take places whose holders find others."""
    for _ in range(_SEARCHES):
        people = people[places.needed()[people] > 0]
        if not len(people) or not _lift(places, reach, people):
            return


def fill_by_chains(places: Places, reach: Reach, hosts: Rows) -> bool:
    """Fill free places of these hosts with people who are shown as often as they may be, and others in their stead.

    Return whether to try again when something has moved. Up to some thousand places nothing is let be.
    """
    few = places.members.size // NEGLIGIBLE
    for _ in range(_SEARCHES):
        hosts = hosts[places.free[hosts] > 0]
        free = int(places.free[hosts].sum())
        if free <= few:
            return few == 0
        _fill(places, reach, hosts)
        if free - int(places.free[hosts].sum()) <= few:
            return few == 0
    return True


class _Trees:
    """One search: to which tree hosts and people belong (-1: none yet), and which trees bore fruit.

    A tree is known by who waits. Lifting: the row of a person. Filling: a free place, of all places.
    """

    def __init__(self, people: int, trees: int) -> None:
        self.of_host = np.full(people, -1, dtype=np.intp)
        self.of_person = np.full(people, -1, dtype=np.intp)
        self.partner = np.full(people, -1, dtype=np.intp)
        """Lifting: who comes to each host. Filling: to which host the one comes whom each host gives away."""
        self.place = np.full(people, -1, dtype=np.intp)
        """Lifting: which place, of all places, each person leaves. Filling: which place each host gives away."""
        self.served = np.zeros(trees, dtype=np.bool_)

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
    trees = _Trees(len(reach), len(reach))
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


def _fill(places: Places, reach: Reach, waiting: Rows) -> None:
    """Search once from hosts with free places towards people who have room."""
    length = places.members.shape[1]
    trees = _Trees(len(reach), places.members.size)
    trees.of_host[waiting] = waiting * length
    at_first = True
    while len(waiting):
        pairs = reach.of_hosts(waiting)
        pairs = _best_first(places, pairs.where(trees.of_person[pairs.people] < 0))
        # Whoever has room ends as many chains as they have room for; others are wanted by some, from several lists.
        room = places.room()[pairs.people]
        pairs = pairs.where(ranks(pairs.people) < np.where(room > 0, room, _CLAIMS))
        hosts, people, room = pairs.hosts, pairs.people, places.room()[pairs.people]
        roots = trees.of_host[hosts]
        if at_first:
            # A host's people are dealt out to its free places, each of them a tree of its own.
            vacant = np.argsort(places.members[hosts] >= 0, axis=1, kind="stable")
            roots += vacant[np.arange(len(hosts)), ranks(hosts) % places.free[hosts]]
            at_first = False
        ends = np.flatnonzero(room > 0)
        ends = ends[trees.serve(roots[ends], pairs.worth[ends])]
        _carry_out_fills(places, reach, trees, pairs.where(ends), roots[ends])
        claims = np.flatnonzero((room <= 0) & ~trees.served[roots])
        claims = claims[np.argsort(people[claims], kind="stable")]
        trees.of_person[people[room <= 0]] = roots[room <= 0]
        waiting = _claimed(places, trees, people[claims], hosts[claims], roots[claims])
        _end_nearby(places, reach, trees, waiting)
        waiting = waiting[~trees.served[trees.of_host[waiting]]]


def _end_nearby(places: Places, reach: Reach, trees: _Trees, waiting: Rows) -> None:
    """End the chains of those of whom one of the first few candidates has room: nearly all, and few to look at."""
    pairs = reach.own(waiting, (places.room() > 0) & (trees.of_person < 0))
    pairs = pairs.where(~places.hold(pairs))
    pairs = _best_first(places, pairs.where(ranks(pairs.hosts) < _NEAREST))
    pairs = pairs.where(ranks(pairs.people) < places.room()[pairs.people])
    roots = trees.of_host[pairs.hosts]
    ends = trees.serve(roots, pairs.worth)
    _carry_out_fills(places, reach, trees, pairs.where(ends), roots[ends])


def _claimed(places: Places, trees: _Trees, people: Rows, hosts: Rows, roots: Rows) -> Rows:
    """Deal out the lists in which people stand to the hosts who want them (k, ascending people); return whose they are."""
    length = places.members.shape[1]
    start = np.searchsorted(people, np.arange(len(places.shown)))
    wanted = np.bincount(people, minlength=len(places.shown))
    givers, slots = places.where(people)
    fresh = (trees.of_host[givers] < 0) & ~places.only_experienced(givers)[np.arange(len(givers)), slots]
    givers, slots = givers[fresh], slots[fresh]
    each = _first(givers)
    givers, slots = givers[each], slots[each]
    given = places.members[givers, slots]
    claim = start[given] + ranks(given) % wanted[given]
    if len(givers) > _WIDE:
        near = np.argsort(ranks(roots[claim]), kind="stable")[:_WIDE]
        givers, slots, claim = givers[near], slots[near], claim[near]
    trees.of_host[givers] = roots[claim]
    trees.partner[givers] = hosts[claim]
    trees.place[givers] = givers * length + slots
    return givers


def _carry_out_fills(places: Places, reach: Reach, trees: _Trees, ends: Pairs, roots: Rows) -> None:
    length = places.members.shape[1]
    hosts, people = ends.hosts, ends.people
    moved = []
    while len(people):
        given = trees.place[hosts]
        moved.append((hosts, np.where(given >= 0, given, roots) % length, people))
        goes_on = given >= 0
        people = places.members.ravel()[given[goes_on]].astype(np.intp)
        hosts, roots = trees.partner[hosts[goes_on]], roots[goes_on]
    if moved:
        _put(places, reach, moved)


def _put(places: Places, reach: Reach, moved: list[tuple[Rows, Rows, Rows]]) -> None:
    hosts, slots, people = (np.concatenate(part) for part in zip(*moved, strict=True))
    scores = reach.scores(hosts, people[:, None].astype(np.int32))[:, 0]
    places.put(Pairs(hosts, people, reach.worth(hosts, people, scores)), slots)


def _best_first(places: Places, pairs: Pairs) -> Pairs:
    """Return the pairs that are not in a list already, each once, in falling order of worth."""
    pairs = pairs.where(~places.hold(pairs))
    pairs = pairs.where(
        np.unique(pairs.hosts * np.int64(len(places.shown)) + pairs.people, return_index=True)[1]
    )
    return pairs.where(np.argsort(-pairs.worth, kind="stable"))


def _first(rows: NDArray[np.intp] | NDArray[np.int32]) -> Rows:
    """Return where each row stands first, ascending."""
    return np.sort(np.unique(rows, return_index=True)[1])
