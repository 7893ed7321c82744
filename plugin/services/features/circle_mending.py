"""Published circles made whole again: filled up, or their people taken in by others; whoever can stay where they are does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

from ...domain.plans import Group, LeftOver, Plan, Problem
from .circle_rows import HOST, Rows
from .planning import NOW, Task

FORMED_NOW = "formed_now"
"""Among a plan's figures: the highest number that a circle on the spot has had."""


class Mending:
    """One repair of ``near``; ``rows`` are all its people, those who are paused among them.

    Settled circles lose nobody, and may take in people of circles that are dissolved. Circles that are not settled are
    filled up with those who have no place in their round. Nobody is brought together with somebody whom they are with
    in another circle, and no half of people to be kept together is placed without the other. Paused people stay where
    they are, and come into no other circle.
    """

    def __init__(self, rows: Rows, task: Task, near: Plan) -> None:
        self._rows = rows
        self._near = {group.key: group for group in near.groups}
        self._plan = near
        self._settled = task.settled
        self._sizes: Sequence[int] = task.brief.frame.get("sizes", ())
        self._paused = frozenset(task.brief.paused)
        self._pins = {(pin.person, _round(pin.group)): pin.group for pin in task.brief.pins}
        self._mates = _mates(task.brief.together)
        self._circles: dict[str, list[str]] = {
            key: [one.person for one in group.members]
            if key in self._settled
            else rows.agreeing(one.person for one in group.members)
            for key, group in self._near.items()
        }

    def plan(self) -> Plan:
        """Return the plan with every circle that can be made whole, and nobody else moved."""
        for round_ in dict.fromkeys(map(_round, self._near)):
            free = self._free(round_)
            for key in [key for key in self._in(round_) if key not in self._settled]:
                self._fill(key, free)
            self._take_in(round_, free)
        groups = tuple(self._group(key) for key in self._circles)
        named = bool(self._rows.hosts)
        hostless = [key for key in self._circles if named and _round(key) != NOW and self._lacks_host(key)]
        problems = [problem for problem in self._plan.problems if problem.code != "circle_hosts"]
        problems += [Problem("circle_hosts", rules=(key,)) for key in hostless]
        figures = {"repeats": float(self._repeats())}
        if FORMED_NOW in self._plan.figures:
            figures[FORMED_NOW] = self._plan.figures[FORMED_NOW]
        # Where no circle is left, that is what came of it: not a conflict that keeps broken circles as they are.
        return Plan(groups, self._left_over(), tuple(problems) if groups else (), figures)

    def _in(self, round_: str) -> list[str]:
        return [key for key in self._circles if _round(key) == round_]

    def _free(self, round_: str) -> list[str]:
        """Return who may come into a circle of a round, in row order; on the spot: who is here, and in no circle."""
        asked = self._circles if round_ == NOW else self._in(round_)
        busy = {ref for key in asked for ref in self._circles[key]}
        return [ref for ref in self._rows.refs if ref not in busy and self._may_move(ref, round_)]

    def _may_move(self, ref: str, round_: str) -> bool:
        person = self._rows.people.people[self._rows.people.row_of[ref]]
        return ref not in self._paused and (person.here or round_ != NOW)

    def _fill(self, key: str, free: list[str]) -> None:
        """Fill a circle up, also with a host where it has lost its own; one that stays too small is dissolved."""
        members = self._circles[key]
        wanted, least, _ = self._bounds(key)
        while (short := len(members) < wanted) or self._lacks_host(key):
            joining = [unit for unit in self._units(free) if self._may_join(unit, key)]
            if not short:
                joining = [unit for unit in joining if self._brings_host(unit)]
            if not joining:
                break
            best = max(joining, key=lambda unit: self._preference(unit, key))
            members += best
            free[:] = [ref for ref in free if ref not in best]
        if len(members) < least:
            del self._circles[key]
            free += [ref for ref in members if self._may_move(ref, _round(key))]

    def _take_in(self, round_: str, free: list[str]) -> None:
        """Give those who have lost their place in a round one in another circle."""
        had = {ref for key, group in self._near.items() if _round(key) == round_ for ref in group.people}
        for unit in self._units(free):
            if not had & set(unit):
                continue
            open_to = [key for key in self._in(round_) if self._may_join(unit, key)]
            if open_to:
                self._circles[max(open_to, key=lambda key: self._preference(unit, key))] += unit
                free[:] = [ref for ref in free if ref not in unit]

    def _units(self, free: Sequence[str]) -> list[list[str]]:
        """Return free people, those to be kept together as one."""
        found = {
            tuple(one for one in free if one in self._mates.get(ref, ())) or (ref,): None for ref in free
        }
        return [list(unit) for unit in found]

    def _may_join(self, unit: Sequence[str], key: str) -> bool:
        members = self._circles[key]
        if len(members) + len(unit) > self._bounds(key)[2]:
            return False
        settled = {ref for other in self._in(_round(key)) for ref in self._circles[other]} - set(members)
        for ref in unit:
            pinned = self._pins.get((ref, _round(key)), key)
            if pinned != key and pinned in self._circles:
                return False
            mates = self._mates.get(ref, frozenset())
            if mates & settled or (self._met(ref, key) - mates) & set(members):
                return False
        everybody = [*members, *unit]
        return all(self._rows.fits(ref, [one for one in everybody if one != ref]) for ref in unit)

    def _met(self, ref: str, key: str) -> set[str]:
        """Return whom somebody is with in other circles than this one."""
        return {
            one
            for other, members in self._circles.items()
            if other != key and ref in members
            for one in members
        }

    def _preference(self, unit: Sequence[str], key: str) -> tuple[bool, float, str, Sequence[str]]:
        gain = sum(self._rows.gain(ref, self._circles[key]) for ref in unit) / len(unit)
        return self._lacks_host(key) and self._brings_host(unit), gain, key, unit

    def _lacks_host(self, key: str) -> bool:
        return bool(self._rows.hosts) and not self._brings_host(self._circles[key])

    def _brings_host(self, refs: Sequence[str]) -> bool:
        return any(ref in self._rows.hosts for ref in refs)

    def _bounds(self, key: str) -> tuple[int, int, int]:
        """Return how many people a circle should have, how many at least, and at most."""
        least, most = self._rows.bounds()
        number = int(self._near[key].place["circle"])
        if _round(key) == NOW or number > len(self._sizes):
            return least, least, most
        size = self._sizes[number - 1]
        return size, min(least, size), size

    def _group(self, key: str) -> Group:
        before, members = self._near[key], self._circles[key]
        if key in self._settled and len(members) == len(before.members):
            return before
        host = next(
            (one.person for one in before.members if one.role == HOST and one.person in members), None
        )
        return self._rows.group(key, members, before.place, host=host)

    def _repeats(self) -> int:
        """Return how often two people meet whom an earlier round brought together, if they are not to be kept together."""
        pairs = Counter(
            pair
            for key, members in self._circles.items()
            if _round(key) != NOW
            for pair in combinations(sorted(members), 2)
            if pair[1] not in self._mates.get(pair[0], ())
        )
        return sum(times - 1 for times in pairs.values())

    def _left_over(self) -> tuple[LeftOver, ...]:
        """Return who has lost a place, and who has had none before, for the reason that was given then."""
        earlier = {one.person: one for one in self._plan.left_over}
        before = _rounds_of({key: group.people for key, group in self._near.items()})
        after = _rounds_of(self._circles)
        planned = {_round(key) for key in self._near} - {NOW}
        found = []
        for ref in self._rows.refs:
            has = after.get(ref, set())
            if before.get(ref, set()) - has:
                found.append(LeftOver(ref, "circle_broken"))
            elif ref in earlier and (not has or planned - has):
                found.append(earlier[ref])
        return tuple(found)


def _round(key: str) -> str:
    return key.partition("/")[0]


def _mates(together: Sequence[Sequence[str]]) -> Mapping[str, frozenset[str]]:
    """Return of everybody who is to be kept together with others all of these, themselves among them."""
    found: dict[str, frozenset[str]] = {}
    for refs in together:
        joined = frozenset(refs).union(*(found.get(ref, ()) for ref in refs))
        found.update(dict.fromkeys(joined, joined))
    return found


def _rounds_of(circles: Mapping[str, Sequence[str] | frozenset[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for key, members in circles.items():
        for ref in members:
            found.setdefault(ref, set()).add(_round(key))
    return found
