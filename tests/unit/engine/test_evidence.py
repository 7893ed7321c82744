"""Evidence: what is said to carry a score carries it, by taking it away; and what is left is what was never written."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from entremise.plugin.engine.crowd import FACETS, UNKNOWN, Crowd, view
from entremise.plugin.engine.encoding import as_whole_numbers
from entremise.plugin.engine.evidence import MEETINGS, Meetings, both_ways, contributions, meetings
from entremise.plugin.engine.kinds import KINDS, Kind
from entremise.plugin.engine.lacking import facet_of, lacking
from entremise.plugin.engine.scoring import Scorer

KIND = st.sampled_from(sorted(KINDS))
SECTOR = FACETS.index("sector")
ENOUGH = 1e-6


def a_crowd(counts: NDArray[np.int32], seed: int, *, themes: int = 6, dimensions: int = 32) -> Crowd:
    """People whose items are each about one of a few themes, more or less."""
    random = np.random.default_rng(seed)
    size = int(counts.sum())
    themes_of = random.normal(size=(themes, dimensions))
    rows = themes_of[random.integers(0, themes, size)] + random.normal(size=(size, dimensions)) * 0.5
    people = len(counts)
    return Crowd(
        ids=np.arange(1, people + 1),
        items=as_whole_numbers(rows),
        counts=counts,
        languages=np.full((people, 1), np.iinfo(np.uint64).max, dtype=np.uint64),
        channels=np.full(people, 3, dtype=np.uint8),
        organisations=random.integers(-1, 2, people).astype(np.int32),
        sectors=np.where(counts[:, SECTOR] > 0, random.integers(0, 2, people), UNKNOWN).astype(np.int32),
        seniority=random.integers(-1, 6, people).astype(np.int8),
        vetoes=np.empty((0, 2), dtype=np.intp),
    )


@st.composite
def crowds(draw: st.DrawFn, *, least: int = 2) -> Crowd:
    people = draw(st.integers(least, 6))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    most = np.array([3, 3, 2, 2, 4, 1, 1, 1])
    counts = random.integers(0, most + 1, size=(people, len(FACETS))).astype(np.int32)
    return a_crowd(counts, draw(st.integers(0, 2**32)), themes=draw(st.integers(1, 8)))


def without(crowd: Crowd, *gone: int) -> Crowd:
    """The crowd as it would have been built had these items never been written."""
    owners = np.searchsorted(crowd.starts, gone, side="right") - 1
    counts, sectors = crowd.counts.copy(), crowd.sectors.copy()
    for owner in owners.tolist():
        person, facet = divmod(owner, len(FACETS))
        counts[person, facet] -= 1
        if facet == SECTOR:
            sectors[person] = UNKNOWN
    return replace(crowd, items=np.delete(crowd.items, gone, axis=0), counts=counts, sectors=sectors)


def everybody(crowd: Crowd) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    mine, theirs = np.nonzero(~np.eye(len(crowd), dtype=np.bool_))
    return mine, theirs


def everything(crowd: Crowd) -> NDArray[np.bool_]:
    return np.ones(len(crowd.items), dtype=np.bool_)


@given(crowds(), KIND)
def test_without_the_two_items_of_a_reason_the_score_is_lower(crowd: Crowd, kind: Kind) -> None:
    scorer = Scorer(crowd, KINDS[kind])
    mine, theirs = everybody(crowd)
    found = meetings(crowd, mine, theirs, everything(crowd), least=0.2)
    lost = contributions(scorer, mine, theirs, found)
    scorer_without: dict[tuple[int, ...], Scorer] = {}  # each two items meet twice, once from either side
    for place in range(len(found)):
        one, other = mine[[found.pair[place]]], theirs[[found.pair[place]]]
        gone = tuple(sorted((int(found.mine[place]), int(found.theirs[place]))))
        if gone not in scorer_without:
            scorer_without[gone] = Scorer(without(crowd, *gone), KINDS[kind])
        poorer = scorer_without[gone]
        for way, (row, column) in enumerate(((one, other), (other, one))):
            before, after = (s.directed(row, column[:, None])[0][0, 0] for s in (scorer, poorer))
            assert lost[place, way] == before - after
            assert not (lost[place, way] > ENOUGH and after >= before)


@given(crowds(least=1), KIND)
def test_who_lacks_an_item_is_seen_as_if_it_had_never_been_written(crowd: Crowd, kind: Kind) -> None:
    weights = KINDS[kind]
    items = np.arange(-1, len(crowd.items))
    owner = np.where(items >= 0, (np.searchsorted(crowd.starts, items, side="right") - 1) // len(FACETS), 0)
    left, seen = lacking(crowd, weights, owner, items)
    for place, (item, person) in enumerate(zip(items.tolist(), owner.tolist(), strict=True)):
        rebuilt = crowd if item < 0 else without(crowd, item)
        expected = view(rebuilt, weights.seek, weights.about, weights.give)
        assert np.array_equal(seen.seek[place], expected.seek[person])
        assert np.array_equal(seen.about[place], expected.about[person])
        assert left.sectors[place] == rebuilt.sectors[person]
        offers = [part[back[person]].tolist() for part, back in zip(expected.gives, expected.slot_of, strict=True)
                  if back[person] >= 0]  # fmt: skip
        assert [part[back[place]].tolist() for part, back in zip(seen.gives, seen.slot_of, strict=True)
                if back[place] >= 0] == offers  # fmt: skip


@given(crowds(), st.integers(0, 2**32), st.sampled_from([0.0, 0.3, 0.9]))
def test_meetings_are_all_those_of_quotable_items_that_are_near_enough_and_no_others(
    crowd: Crowd, seed: int, least: float
) -> None:
    quotable = np.random.default_rng(seed).random(len(crowd.items)) < 0.7
    mine, theirs = everybody(crowd)
    found = meetings(crowd, mine, theirs, quotable, least=least)
    person = np.repeat(np.arange(len(crowd)), crowd.counts.sum(axis=1))
    facet = facet_of(crowd, np.arange(len(crowd.items)))
    rows = crowd.items.astype(np.float64)
    near = rows @ rows.T / np.outer(np.linalg.norm(rows, axis=1), np.linalg.norm(rows, axis=1))
    expected = [
        (pair, one, other)
        for pair, (me, you) in enumerate(zip(mine.tolist(), theirs.tolist(), strict=True))
        for one in np.flatnonzero((person == me) & quotable).tolist()
        for other in np.flatnonzero((person == you) & quotable).tolist()
        if (FACETS[facet[one]], FACETS[facet[other]]) in MEETINGS and near[one, other] >= least + 1e-6
    ]
    listed = list(zip(found.pair.tolist(), found.mine.tolist(), found.theirs.tolist(), strict=True))
    assert listed == sorted(listed)
    assert set(expected) <= set(listed)
    assert not {one for one in set(listed) - set(expected) if near[one[1], one[2]] < least - 1e-6}
    assert np.allclose(found.nearness, near[found.mine, found.theirs], atol=1e-5)


@given(crowds(), KIND, st.integers(1, 5))
def test_what_items_contribute_is_the_same_to_the_bit_in_blocks_of_any_size_and_among_other_people(
    crowd: Crowd, kind: Kind, block: int
) -> None:
    mine, theirs = everybody(crowd)
    found = meetings(crowd, mine, theirs, everything(crowd), least=0.2)
    full = contributions(Scorer(crowd, KINDS[kind]), mine, theirs, found)
    assert np.array_equal(full, contributions(Scorer(crowd, KINDS[kind]), mine, theirs, found, block=block))
    two = crowd.among(np.array([0, 1]))
    row = np.zeros(1, dtype=np.intp)
    alone = meetings(two, row, row + 1, everything(two), least=0.2)
    of_both = found.among((mine[found.pair] == 0) & (theirs[found.pair] == 1))
    assert np.array_equal(alone.nearness, of_both.nearness)
    lost = contributions(Scorer(two, KINDS[kind]), row, row + 1, alone)
    assert np.array_equal(lost, full[(mine[found.pair] == 0) & (theirs[found.pair] == 1)])


@given(crowds(), KIND)
def test_both_ways_are_what_each_of_two_people_gains(crowd: Crowd, kind: Kind) -> None:
    scorer = Scorer(crowd, KINDS[kind])
    mine, theirs = everybody(crowd)
    ways = both_ways(scorer, mine, theirs)
    assert np.array_equal(ways[:, 0], scorer.directed(mine, theirs[:, None])[0][:, 0])
    assert np.array_equal(ways[:, 1], scorer.directed(theirs, mine[:, None])[0][:, 0])


def test_an_item_that_the_others_drown_out_contributes_nothing() -> None:
    counts = np.zeros((2, len(FACETS)), dtype=np.int32)
    counts[0, FACETS.index("needs")] = 2
    counts[1, FACETS.index("offers")] = 2
    crowd = a_crowd(counts, seed=1)
    crowd = replace(crowd, items=np.eye(4, 32, dtype=np.int8)[[0, 1, 1, 2]] * np.int8(100))
    zero = np.zeros(1, dtype=np.intp)
    found = Meetings(pair=np.zeros(2, dtype=np.intp), mine=np.array([0, 1]), theirs=np.array([3, 2]),
                     nearness=np.zeros(2, dtype=np.float32))  # fmt: skip
    lost = contributions(Scorer(crowd, KINDS["expert"]), zero, zero + 1, found)[:, 0]
    assert lost[0] < 0 < lost[1]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_people_who_wrote_nothing_have_no_evidence(kind: Kind) -> None:
    crowd = a_crowd(np.zeros((3, len(FACETS)), dtype=np.int32), seed=0)
    mine, theirs = everybody(crowd)
    found = meetings(crowd, mine, theirs, everything(crowd), least=0.0)
    assert len(found) == 0
    assert contributions(Scorer(crowd, KINDS[kind]), mine, theirs, found).shape == (0, 2)
    none = mine[:0]
    assert len(meetings(crowd, none, none, everything(crowd), least=0.0)) == 0
