"""Standing candidates follow changes: to the bit what ranking anew gives where everybody is scored, nearly elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from crowd_of import joined, people_of, some_people
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.engine.crowd import Crowd
from entremise.plugin.engine.exposure import Exposure
from entremise.plugin.engine.kinds import KINDS, Kind
from entremise.plugin.engine.matching import rank
from entremise.plugin.engine.scoring import Scorer
from entremise.plugin.engine.standing import Standing

WISHES = Exposure(length=3, floor=1, cap=6)


@pytest.mark.parametrize("kind", KINDS)
@given(
    seed=st.integers(0, 2**32),
    changes=st.lists(st.sampled_from(["add", "remove", "profile", "veto"]), max_size=4),
)
def test_candidates_follow_any_changes_to_what_ranking_anew_gives(
    kind: Kind, seed: int, changes: list[str]
) -> None:
    random = np.random.default_rng(seed)
    crowd = some_people(random, int(random.integers(2, 12)))
    standing = Standing(Scorer(crowd, KINDS[kind], colleagues=0.5), WISHES, people_of(crowd), count=4)
    for change in changes:
        crowd, rows = changed(crowd, change, random)
        standing.update(crowd, people_of(crowd), rows)

        anew = rank(Scorer(crowd, KINDS[kind], colleagues=0.5), 4)
        pairs = [(standing.ranked.candidates, anew.candidates)]
        if anew.audiences is not None:
            assert standing.ranked.audiences is not None
            pairs.append((standing.ranked.audiences, anew.audiences))
        for patched, made in pairs:
            assert np.array_equal(patched.members, made.members)
            assert np.array_equal(patched.scores, made.scores)
        assert_lists_are_allowed(standing, Scorer(crowd, KINDS[kind], colleagues=0.5))


def changed(crowd: Crowd, change: str, random: np.random.Generator) -> tuple[Crowd, np.ndarray]:
    """Change one person, or the two of a veto; return the crowd and the rows."""
    row = int(random.integers(len(crowd)))
    if change == "add":
        return joined(crowd, some_people(random, 1)), np.array([len(crowd)])
    if change == "remove":
        channels = crowd.channels.copy()
        channels[row] = 0
        return replace(crowd, channels=channels), np.array([row])
    if change == "veto":
        other = (row + int(random.integers(1, len(crowd)))) % len(crowd)
        vetoes = np.concatenate([crowd.vetoes, [[row, other]]])
        return replace(crowd, vetoes=vetoes), np.unique([row, other])
    new = some_people(random, 1)
    parts = [crowd.among(np.arange(row)), new, crowd.among(np.arange(row + 1, len(crowd)))]
    whole = joined(joined(parts[0], parts[1]), parts[2])
    return replace(whole, ids=crowd.ids, vetoes=crowd.vetoes), np.array([row])


def assert_lists_are_allowed(standing: Standing, scorer: Scorer) -> None:
    members = standing.allocation.members
    for row in range(len(members)):
        listed = members[row][members[row] >= 0].astype(np.intp)
        assert len(set(listed.tolist())) == len(listed)
        if len(listed):
            assert not scorer.ruled_out(np.array([row]), listed[None]).any()
    assert (standing.allocation.shown <= WISHES.cap).all()
