"""Peers who help each other after the event: three to five, one challenge, about as far."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from crowd_of import some_people
from hypothesis import given, settings
from hypothesis import strategies as st

from entremise.plugin.engine.encoding import as_whole_numbers
from entremise.plugin.engine.mentorship_peers import LEAST, MOST, peer_circles


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 16), st.integers(1, 3))
def test_sizes_seniority_languages_and_vetoes_hold_for_everybody_who_has_a_circle(
    seed: int, people: int, apart: int
) -> None:
    random = np.random.default_rng(seed)
    crowd = some_people(random, people)
    vetoes = random.integers(0, max(people, 1), (people // 4, 2))
    crowd = replace(crowd, vetoes=vetoes[vetoes[:, 0] != vetoes[:, 1]])
    made = peer_circles(crowd, apart=apart, seconds=0.2)
    for circle in np.unique(made.groups[made.groups >= 0]):
        members = np.flatnonzero(made.groups == circle)
        assert LEAST <= len(members) <= MOST
        known = crowd.seniority[members][crowd.seniority[members] >= 0].astype(int)
        assert not len(known) or known.max() - known.min() <= apart
        assert np.bitwise_and.reduce(crowd.languages[members, 0])
        assert np.bitwise_and.reduce(crowd.channels[members])
        assert not any(one in members and other in members for one, other in crowd.vetoes)


def test_those_who_face_the_same_challenge_come_together() -> None:
    random = np.random.default_rng(8)
    crowd = some_people(random, 12)
    counts = np.zeros_like(crowd.counts)
    counts[:, 2] = 1  # one challenge each
    topics = random.standard_normal((3, crowd.items.shape[1]))
    challenge = np.arange(12) % 3
    crowd = replace(
        crowd,
        counts=counts,
        items=as_whole_numbers(topics[challenge] + 0.1 * random.standard_normal((12, topics.shape[1]))),
        languages=np.ones((12, 1), dtype=np.uint64),
        channels=np.ones(12, dtype=np.uint8),
        seniority=np.full(12, 2, dtype=np.int8),
    )
    made = peer_circles(crowd)
    assert len(np.unique(made.groups)) == 3
    assert all(len(np.unique(challenge[made.groups == circle])) == 1 for circle in range(3))
    assert made.shared.tolist() == [1.0, 1.0, 1.0]
    # One of them leaves: the others stay where they were.
    fewer = peer_circles(crowd.among(np.arange(11)), before=made.groups[:11])
    assert np.array_equal(fewer.groups, made.groups[:11])


def test_two_are_no_circle() -> None:
    made = peer_circles(some_people(np.random.default_rng(1), 2))
    assert made.groups.tolist() == [-1, -1]
    assert made.formed.causes
