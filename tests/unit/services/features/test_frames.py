"""Frames: whatever an organiser sends, a planner takes it or names the field."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entremise.plugin.domain.errors import InvalidPayload
from entremise.plugin.services.features.circles import Circles
from entremise.plugin.services.features.meetings import Meetings
from entremise.plugin.services.features.planning import Planner
from entremise.plugin.services.features.seating import Seating

TIME = "2027-11-23T09:00/2027-11-23T09:30"
FRAMES: list[tuple[Planner, dict[str, Any]]] = [
    (Meetings(), {"time_zone": "Europe/Paris", "slots": [TIME], "spots": [{"name": "L"}]}),
    (Seating(), {"tables": [{"name": "A", "seats": 3}], "meals": ["L"]}),
    (Circles(), {"sizes": [3]}),
]
NAMES = (
    "time_zone", "slots", "spots", "walking_minutes", "meetings", "per_person", "limits", "pins", "vetoes",
    "tables", "capacity", "meals", "together", "apart", "hosts", "minimum_acquaintances", "acquaintances",
    "step_free", "diets", "optional", "absent", "repeats", "sizes", "now", "people", "person", "table", "meal",
    "seats", "least", "name", "slot", "spot", "worth", "most", "mode", "link", "affinity", "guests",
)  # fmt: skip
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "a", "A", "L", TIME])
    | st.text()
)
JSON = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@pytest.mark.parametrize(("planner", "whole"), FRAMES, ids=lambda one: getattr(one, "key", ""))
@example(changed={"slots": 1}).via("a number where a list should be")
@example(changed={"spots": True})
@example(changed={"meetings": 1.5})
@given(changed=st.dictionaries(st.sampled_from(NAMES), JSON, min_size=1, max_size=3))
def test_a_frame_is_taken_or_refused_by_the_name_of_its_field(
    planner: Planner, whole: dict[str, Any], changed: dict[str, Any]
) -> None:
    for frame in (changed, {**whole, **changed}):
        with contextlib.suppress(InvalidPayload):
            planner.check(frame)


@pytest.mark.parametrize("name", ["slots", "spots", "meetings"])
@pytest.mark.parametrize("value", [1, True, 1.5])
def test_meetings_without_a_list_are_refused_by_its_name(name: str, value: object) -> None:
    with pytest.raises(InvalidPayload) as refused:
        Meetings().check({**FRAMES[0][1], name: value})
    assert refused.value.field == f"frame.{name}"
