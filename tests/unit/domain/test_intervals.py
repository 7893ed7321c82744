"""Times as people and hosts write them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.domain.intervals import covers, has_offset, joined, parse_interval

PARIS = ZoneInfo("Europe/Paris")


def utc(hour: int, minute: int = 0) -> float:
    return datetime(2026, 5, 4, hour, minute, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-05-04T10:00/10:30", utc(8), utc(8, 30)),
        ("2026-05-04T10:00/2026-05-04T12:15", utc(8), utc(10, 15)),
        ("2026-05-04T10:00+00:00/10:30", utc(10), utc(10, 30)),
        ("2026-05-04T10:00Z/PT1H30M", utc(10), utc(11, 30)),
        ("2026-05-04T10:00:00/2026-05-04T10:30Z", utc(8), utc(10, 30)),
        (" 2026-05-04 10:00/10:30 ", utc(8), utc(8, 30)),
    ],
)
def test_an_interval_is_read_where_its_clock_hangs(text: str, start: float, end: float) -> None:
    assert parse_interval(text, PARIS) == (start, end)
    assert has_offset(text) == ("+" in text.partition("/")[0] or "Z" in text.partition("/")[0])


@pytest.mark.parametrize(
    "text",
    ["", "2026-05-04T10:00", "2026-05-04/2026-05-05", "2026-05-04T10:00/10:00", "2026-05-04T10:00/9:00",
     "2026-05-04T10:00/P", "2026-13-04T10:00/11:00", "2026-05-04T10:00/soon", "tomorrow/11:00"],
)  # fmt: skip
def test_what_is_no_interval_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ValueError, match=r"must|is no|has no"):
        parse_interval(text, UTC)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=6),
    st.integers(0, 50),
    st.integers(1, 9),
)
def test_some_time_is_covered_when_every_moment_of_it_is(
    parts: list[tuple[int, int]], start: int, length: int
) -> None:
    intervals = [(float(first), float(first + more)) for first, more in parts]
    moments = {moment for first, more in parts for moment in range(first, first + more)}
    assert covers(intervals, (start, start + length)) == set(range(start, start + length)).issubset(moments)
    apart = joined(intervals)
    assert all(one[1] < other[0] for one, other in pairwise(apart))
