"""The figures about meetings come from plans that the checker has looked at."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from benchmarks.groups_meetings import changed, conference, figures
from entremise.plugin.engine.meetings_making import schedule


def test_figures_are_given_for_every_size() -> None:
    found = figures((40,))
    assert found["meetings_optimal_40"]
    assert found["meetings_share_40"] == 1.0
    assert found["meetings_kept_40"] > 0.9
    assert found.keys() == {
        f"meetings_{name}_40" for name in ("seconds", "share", "optimal", "kept", "stability_price")
    }


def test_a_conference_is_the_same_whenever_it_is_drawn_and_changes_a_little() -> None:
    one, other = conference(60, seed=1), conference(60, seed=1)
    assert (one.members == other.members).all()
    assert (one.available == other.available).all()
    again = changed(one, schedule(one))
    assert 0 < (again.available != one.available).any(axis=1).mean() < 0.1
