"""Kicks better a division and break nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entremise.plugin.engine.partition import Partition, Quota
from entremise.plugin.engine.partition_kicks import kick
from entremise.plugin.engine.partition_state import State


@given(st.integers(0, 9999), st.booleans(), st.booleans())
@settings(max_examples=20, deadline=None)
def test_a_division_that_keeps_its_rules_is_never_made_worse(seed: int, ruled: bool, flexible: bool) -> None:
    random = np.random.default_rng(seed)
    near = random.random((24, 24)).astype(np.float32)
    groups = np.arange(24) % 6
    flags = groups == random.permutation(24) % 6
    apart = np.array(
        [(a, b) for a, b in random.integers(0, 24, (4, 2)) if groups[a] != groups[b]], dtype=np.intp
    )
    problem = Partition(
        worth=near + near.T, least=np.full(6, 3 if flexible else 4), most=np.full(6, 5 if flexible else 4),
        apart=apart.reshape(-1, 2) if ruled else np.empty((0, 2), dtype=np.intp),
        quotas=(Quota(flagged=flags, least=np.zeros(6, dtype=np.intp), most=np.full(6, 4)),) if ruled else (),
        pins=np.array([(0, 0)]) if ruled else np.empty((0, 2), dtype=np.intp),
    )  # fmt: skip
    state = State([problem])
    state.reset(groups[None].astype(np.intp))
    state.price(1000.0)
    before, broken = state.objective(), state.broken()
    kick(state, random, 30, stop=lambda: False, told=lambda _: None)
    assert state.broken() <= broken
    assert state.objective() >= before - 1e-6
    sizes = np.bincount(state.groups[0], minlength=6)
    assert ((sizes >= problem.least) & (sizes <= problem.most)).all()
    assert not ruled or state.groups[0, 0] == 0
    again = State([problem])
    again.reset(state.groups.copy())
    assert again.objective() == pytest.approx(state.objective(), rel=1e-6), "sums have drifted"


def test_it_ends_when_it_is_time() -> None:
    state = State(
        [Partition(worth=np.ones((8, 8), dtype=np.float32), least=np.full(2, 4), most=np.full(2, 4))]
    )
    state.reset((np.arange(8) % 2)[None])
    told: list[float] = []
    kick(state, np.random.default_rng(0), 10**9, stop=lambda: True, told=told.append)
    assert told == [0.0, 1.0]
