"""Moves that bring lists nearer to their rules: trim what is over the cap, fill free places, put people in the place
of others. Each works in rounds over flat arrays of pairs, until a round finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .places import Flags, Places, ranks
from .reach import Pairs, Reach, Rows, Worth, blocks, joined

ANY_GAIN = np.float32(0)
AT_ANY_LOSS = np.float32(-np.inf)
_AHEAD = 4
"""How many more than can be taken are looked at in a round, because some turn out not to be possible."""
Counts = NDArray[np.int32]


def trim(places: Places) -> None:
    """Take those who are shown more often than the cap out of the lists where they are worth least."""
    over = places.shown > places.rules.cap
    if not over.any():
        return
    hosts, slots = np.nonzero(over[places.members] & (places.members >= 0))
    people = places.members[hosts, slots]
    order = np.lexsort((hosts, -places.worth[hosts, slots], people))
    beyond = order[ranks(people[order]) >= places.rules.cap]
    places.clear(hosts[beyond], slots[beyond])


def fill(places: Places, reach: Reach, hosts: Rows) -> None:
    """Give free places of these hosts to the best who have room; by the organisations' limit first, then without."""
    _fill_from_nearest(places, reach, hosts)
    for widely, strict in _stages(places):
        short = hosts[places.free[hosts] > 0]
        if len(short):
            _fill(places, reach.of_hosts(short) if widely else reach.own(short), strict=strict)


def fill_from(places: Places, pairs: Pairs) -> None:
    """Give free places to people of these pairs alone."""
    for strict in (True, False):
        _fill(places, pairs.where(places.free[pairs.hosts] > 0), strict=strict)


def vary(places: Places, reach: Reach, hosts: Rows) -> None:
    """Put others in the place of who is one too many of an organisation in the lists of these hosts."""
    members = places.members[hosts]
    uniform = hosts[places.surplus(hosts, np.zeros(members.shape, dtype=np.bool_)).any(axis=1)]
    if len(uniform):
        insert(places, reach.of_hosts(uniform), places.room, least=ANY_GAIN, strict=True)


def lift(places: Places, reach: Reach, people: Rows) -> None:
    """Put people who are shown less often than their floor where least is lost; by the limit first, then without."""
    for widely, strict in _stages(places):
        needy = people[places.needed()[people] > 0]
        if len(needy):
            pairs = reach.of_people(needy) if widely else reach.own_audience(needy)
            insert(places, pairs, places.needed, least=AT_ANY_LOSS, strict=strict)


def lift_by(places: Places, pairs: Pairs) -> None:
    """Put people who are shown less often than their floor into the lists of these pairs alone."""
    for strict in (True, False):
        needy = pairs.where(places.needed()[pairs.people] > 0)
        insert(places, needy, places.needed, least=AT_ANY_LOSS, strict=strict)


def accompany(places: Places, reach: Reach, newcomers: Rows) -> None:
    """Put an experienced contact into the lists of newcomers who have none, from other lists if need be."""
    if not places.rules.experienced.any():
        return
    for widely, strict in _stages(places):
        alone = newcomers[places.alone(newcomers)]
        if len(alone):
            pairs = reach.of_hosts(alone) if widely else reach.own(alone)
            pairs = pairs.where(places.rules.experienced[pairs.people])
            insert(places, pairs, places.room, least=AT_ANY_LOSS, strict=strict, wanting=places.alone)
            if widely and not strict:
                _make_room(places, pairs)


def insert(
    places: Places,
    pairs: Pairs,
    quota: Callable[[], Counts],
    *,
    least: np.float32,
    strict: bool,
    wanting: Callable[[Rows], Flags] | None = None,
) -> Rows:
    """Put people in the place of the weakest where they are worth more by over ``least``; return the hosts changed.

    Each person is put while their ``quota()`` (n,) lasts, into the lists of ``wanting(hosts)`` only if given;
    ``strict`` keeps to the organisations' limit.
    """
    changed: list[Rows] = []
    pairs = pairs.where(~places.hold(pairs))
    while len(pairs.hosts):
        left = quota()
        open_ = left[pairs.people] > 0
        if wanting is not None:
            open_ &= wanting(pairs.hosts)
        pairs = pairs.where(open_)
        picked = _picked(places, pairs, left, least)
        if not len(picked):
            break
        chosen = pairs.where(picked)
        slots, weakest = places.weakest(chosen.hosts, chosen.people if strict else None)
        gains = chosen.worth - weakest
        fits = (gains > least) & ~places.hold(chosen)
        order = np.flatnonzero(fits)[np.lexsort((chosen.hosts[fits], chosen.people[fits], -gains[fits]))]
        order = order[np.sort(np.unique(chosen.hosts[order], return_index=True)[1])]
        order = order[ranks(chosen.people[order]) < left[chosen.people[order]]]
        before = places.members[chosen.hosts[order], slots[order]].astype(np.intp)
        spare = places.shown[before] - places.rules.floors[before]
        order = order[(before < 0) | (ranks(before) < spare)]
        places.put(chosen.where(order), slots[order])
        changed.append(chosen.hosts[order])
        over = np.zeros(len(pairs.hosts), dtype=np.bool_)
        over[picked[~fits]] = True
        over[picked[order]] = True
        pairs = pairs.where(~over)
    return np.unique(np.concatenate(changed)) if changed else np.empty(0, dtype=np.intp)


def _picked(places: Places, pairs: Pairs, left: Counts, least: np.float32) -> Rows:
    """Return which pairs are each person's best ones by gain: ``left`` of each, and some to spare."""
    hosts = _distinct(pairs.hosts, len(places.shown))
    weakest = np.full(len(places.shown), np.inf, dtype=np.float32)
    weakest[hosts] = places.weakest(hosts)[1]
    gains = pairs.worth - weakest[pairs.hosts]
    order = np.flatnonzero(gains > least)
    order = order[_grouped(pairs.people[order], gains[order])]
    order = order[ranks(pairs.people[order]) < left[pairs.people[order]] + _AHEAD]
    return order[_once(pairs.where(order), len(places.shown))]


def _fill_from_nearest(places: Places, reach: Reach, hosts: Rows) -> None:
    """Fill from the first of each host's candidates who have room: nearly always enough, and little to hold at once."""
    moves = -1
    while moves < places.moves:
        moves = places.moves
        hosts = hosts[places.free[hosts] > 0]
        nearest = []
        for block in blocks(len(hosts)):
            pairs = reach.own(hosts[block])
            pairs = pairs.where(places.room()[pairs.people] > 0)
            pairs = pairs.where(~places.hold(pairs))
            wanted = np.minimum(places.free[pairs.hosts], _AHEAD) + _AHEAD
            nearest.append(pairs.where(ranks(pairs.hosts) < wanted))
        _fill(places, joined(*nearest), strict=bool(places.rules.per_organisation))


def _fill(places: Places, pairs: Pairs, *, strict: bool) -> None:
    pairs = pairs.where(places.room()[pairs.people] > 0)
    pairs = pairs.where(_grouped(pairs.hosts, pairs.worth))
    while len(pairs.hosts):
        # What is not possible now is not possible later, for nobody leaves a list here.
        pairs = pairs.where((places.free[pairs.hosts] > 0) & (places.room()[pairs.people] > 0))
        first = np.flatnonzero(ranks(pairs.hosts) < places.free[pairs.hosts] + _AHEAD)
        window = pairs.where(first)
        possible = ~places.hold(window)
        if strict:
            possible &= ~places.crowded(window)
        rest = np.ones(len(pairs.hosts), dtype=np.bool_)
        rest[first[~possible]] = False
        picked = first[possible]
        picked = picked[_once(pairs.where(picked), len(places.shown))]
        if strict:
            picked = picked[_first_of_organisation(places, pairs.where(picked))]
        picked = picked[ranks(pairs.hosts[picked]) < places.free[pairs.hosts[picked]]]
        picked = picked[np.lexsort((pairs.hosts[picked], -pairs.worth[picked], pairs.people[picked]))]
        picked = picked[ranks(pairs.people[picked]) < places.room()[pairs.people[picked]]]
        taken = pairs.where(picked)
        vacant = np.argsort(places.members[taken.hosts] >= 0, axis=1, kind="stable")
        places.put(taken, vacant[np.arange(len(picked)), ranks(taken.hosts)])
        rest[picked] = False
        pairs = pairs.where(rest)


def _make_room(places: Places, pairs: Pairs) -> None:
    """Give full experienced people of ``pairs`` to newcomers who are alone, from lists where they are worth least."""
    while True:
        pairs = pairs.where(places.alone(pairs.hosts))
        order = _grouped(pairs.hosts, pairs.worth)
        order = order[ranks(pairs.hosts[order]) == 0]
        order = order[_grouped(pairs.people[order], pairs.worth[order])]
        order = order[ranks(pairs.people[order]) == 0]
        if not len(order):
            return
        chosen = pairs.where(order)
        slots, weakest = places.weakest(chosen.hosts)
        hosts, taken = _given_up(places, chosen.people)
        possible = np.isfinite(weakest) & ((hosts >= 0) | (places.room()[chosen.people] > 0))
        release = possible & (places.room()[chosen.people] <= 0)
        places.clear(hosts[release], taken[release])
        # Whoever gives way below must still be shown often enough after those who gave way before.
        before = places.members[chosen.hosts, slots].astype(np.intp)
        possible &= (before < 0) | (ranks(before) < places.shown[before] - places.rules.floors[before])
        places.put(chosen.where(possible), slots[possible])
        rest = np.ones(len(pairs.hosts), dtype=np.bool_)
        rest[order] = False
        pairs = pairs.where(rest)


def _given_up(places: Places, people: Rows) -> tuple[Rows, Rows]:
    """Return in which list, and where in it, each of ``people`` is missed least; -1 where none can do without."""
    hosts, slots = places.where(people)
    free = ~places.only_experienced(hosts)[np.arange(len(hosts)), slots]
    hosts, slots = hosts[free], slots[free]
    order = np.argsort(places.worth[hosts, slots], kind="stable")[::-1]
    found = np.full((2, len(places.shown)), -1, dtype=np.intp)
    found[:, places.members[hosts, slots][order]] = hosts[order], slots[order]
    return found[0, people], found[1, people]


def _first_of_organisation(places: Places, pairs: Pairs) -> Flags:
    """Return which pairs are their host's first of an organisation, or of no known one."""
    organisations = places.rules.organisations[pairs.people].astype(np.int64)
    known = np.flatnonzero(organisations >= 0)
    first = np.ones(len(organisations), dtype=np.bool_)
    if len(known):
        group = pairs.hosts[known] * (organisations.max() + 1) + organisations[known]
        first[known] = ranks(group) == 0
    return first


def _stages(places: Places) -> tuple[tuple[bool, bool], ...]:
    """Return (widely, strict): own candidates before everybody's, and the organisations' limit before none."""
    if places.rules.per_organisation:
        return (False, True), (True, True), (True, False)
    return (False, False), (True, False)


def _grouped(groups: Rows, worth: Worth) -> Rows:
    """Return the order by group, and in each by falling worth; equals in the order in which they stand."""
    bits = np.ascontiguousarray(-worth).view(np.int32).astype(np.int64)
    falling = np.where(bits < 0, bits ^ 0x7FFFFFFF, bits)
    order: Rows = np.argsort((groups.astype(np.int64) << 32) + falling, kind="stable")
    return order


def _once(pairs: Pairs, people: int) -> Rows:
    """Return where each pair stands first."""
    return np.sort(np.unique(pairs.hosts * np.int64(people) + pairs.people, return_index=True)[1])


def _distinct(rows: Rows, people: int) -> Rows:
    found = np.zeros(people, dtype=np.bool_)
    found[rows] = True
    return np.flatnonzero(found)
