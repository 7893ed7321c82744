"""Worlds of people and scores for the tests of allocation, and what must hold of every allocation of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from entremise.plugin.engine.exposure import Allocation, Candidates, Exposure, Group, Shortage

Scores = NDArray[np.float32]
Allowed = NDArray[np.bool_]


@dataclass(frozen=True)
class World:
    """``scores`` (n, n) symmetric, negative where two may not meet; of whom each person knows the best ``width``."""

    scores: Scores
    width: int
    people: Group

    def candidates(self) -> Candidates:
        return best_of(self.scores, self.width)

    def allowed(self) -> Allowed:
        return allowed_by(self.candidates(), self.candidates(), self.people)


def best_of(scores: Scores, width: int) -> Candidates:
    order = np.argsort(-scores, axis=1, kind="stable")[:, :width]
    best = np.take_along_axis(scores, order, axis=1)
    members = np.where(best >= 0, order, -1).astype(np.int32)
    missing = ((0, 0), (0, width - members.shape[1]))
    return Candidates(
        members=np.pad(members, missing, constant_values=-1), scores=np.pad(best, missing, constant_values=-1)
    )


def allowed_by(candidates: Candidates, audiences: Candidates, people: Group) -> Allowed:
    """Return whether i may be shown j, (n, n)."""
    allowed = np.zeros((len(people), len(people)), dtype=np.bool_)
    for one in range(len(people)):
        allowed[one, candidates.members[one][candidates.members[one] >= 0]] = True
        allowed[audiences.members[one][audiences.members[one] >= 0], one] = True
    np.fill_diagonal(allowed, val=False)
    return allowed & people.here[:, None] & people.here[None, :]


def scores_of(random: np.random.Generator, people: int, *, density: float, levels: int) -> Scores:
    """Symmetric scores with many ties; some people are liked by all."""
    scores = random.integers(0, levels, size=(people, people)) / levels
    liked = random.integers(0, 2, size=people) * 0.5
    scores = np.minimum(1.0, (scores + scores.T) / 2 * 0.5 + (liked[:, None] + liked[None, :]) / 2)
    known = random.random((people, people)) < density
    scores[~(known & known.T)] = -1
    np.fill_diagonal(scores, -1)
    return scores.astype(np.float32)


def group_of(random: np.random.Generator, people: int, *, plain: bool = False) -> Group:
    return Group(
        ids=random.permutation(7 * people)[:people].astype(np.int64),
        organisations=random.integers(-1, 1 if plain else 4, people).astype(np.int32),
        newcomer=random.random(people) < (0 if plain else 0.3),
        experienced=random.random(people) < (0 if plain else 0.4),
        here=np.ones(people, dtype=np.bool_),
    )


def a_world(random: np.random.Generator, *, plain: bool = False) -> World:
    """A small world; ``plain``: of equals, where only floor, cap and length bind."""
    people = int(random.integers(1, 16))
    scores = scores_of(
        random, people, density=random.choice([0.4, 0.8, 1.0]), levels=int(random.choice([1, 3, 50]))
    )
    return World(scores, int(random.integers(1, 9)), group_of(random, people, plain=plain))


def some_wishes(random: np.random.Generator) -> Exposure:
    floor = int(random.integers(0, 4))
    return Exposure(
        length=int(random.integers(1, 6)),
        floor=floor,
        newcomer_floor=floor + int(random.integers(0, 2)),
        cap=floor + int(random.integers(1, 5)),
        per_organisation=int(random.integers(0, 3)),
        keep_bonus=float(random.choice([0.0, 0.1])),
    )


def without(people: Group, gone: int) -> Group:
    here = people.here.copy()
    here[gone] = False
    return replace(people, here=here)


def assert_obeyed(made: Allocation, allowed: Allowed, wishes: Exposure, people: Group) -> None:
    """Check every rule of the lists, and that whoever fell short is named."""
    listed = made.members >= 0
    everybody = np.arange(len(people))
    lists = np.zeros((len(people), len(people)), dtype=np.intp)
    hosts, slots = np.nonzero(listed)
    np.add.at(lists, (hosts, made.members[hosts, slots]), 1)
    assert lists.max(initial=0) <= 1, "somebody stands in a list twice"
    assert not (lists.astype(np.bool_) & ~allowed).any(), "somebody is shown who may not be"
    assert made.members.shape == (len(people), wishes.length)
    assert (made.scores[:, :-1] >= made.scores[:, 1:]).all(), "not best first"
    assert ((made.scores >= 0) == listed).all()
    shown = lists.sum(axis=0)
    assert (made.shown == shown).all()
    assert (shown <= wishes.cap).all(), "over the cap"
    floors = np.where(people.newcomer, max(wishes.floor, wishes.newcomer_floor), wishes.floor) * people.here
    assert made.short.tolist() == np.flatnonzero(shown < floors).tolist()
    few = allowed.sum(axis=0)[made.short] < floors[made.short]
    assert made.reasons.tolist() == np.where(few, Shortage.TOO_FEW_ALLOWED, Shortage.ALL_TAKEN).tolist()
    addable = allowed & (lists == 0) & (shown < wishes.cap)[None, :]
    assert not addable[~listed.all(axis=1)].any(), "a place is free though somebody could take it"
    company = (lists.astype(np.bool_) & people.experienced).any(axis=1)
    alone = people.newcomer & people.here & ~company
    assert made.alone.tolist() == np.flatnonzero(alone).tolist()
    movable = shown > floors
    for host in everybody[alone]:
        stuck = listed[host].all() and not movable[made.members[host]].any()
        assert stuck or not addable[host, people.experienced].any(), "a newcomer is alone needlessly"
    if wishes.per_organisation:
        _assert_diverse(lists.astype(np.bool_), addable, movable, wishes.per_organisation, people)


def _assert_diverse(lists: Allowed, addable: Allowed, movable: Allowed, limit: int, people: Group) -> None:
    known = np.arange(people.organisations.max(initial=-1) + 1)
    member_of = (people.organisations[:, None] == known[None, :]).astype(np.intp)
    counts = lists.astype(np.intp) @ member_of
    for host, organisation in zip(*np.nonzero(counts > limit), strict=True):
        theirs = lists[host] & (people.organisations == organisation)
        others = addable[host] & ~np.isin(people.organisations, known[counts[host] >= limit])
        only = people.newcomer[host] & ((lists[host] & people.experienced).sum() == 1) & people.experienced
        assert not (theirs & movable & ~only).any() or not others.any(), (
            "one of another organisation was there"
        )
