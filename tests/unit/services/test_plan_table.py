"""Tables of plans: every person in every place once, and nothing in them that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.domain.plans import Group, Member, Plan
from entremise.plugin.services.plan_table import table

SEATED = Plan(
    groups=(
        Group("Lunch/3", (Member("a", "host"), Member("b")), {"meal": "Lunch", "table": "3"}),
        Group(
            "Dinner/1", (Member("a"),), {"meal": "Dinner", "table": 1, "spots": ["x", "y"], "name": "gala"}
        ),
    )
)


def read(written: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(written, newline="")))


def test_each_part_of_a_place_has_its_column() -> None:
    assert read(table(SEATED, {"a": "Zoé, “la fée”"})) == [
        ["group", "meal", "table", "spots", "place.name", "person", "name", "role"],
        ["Lunch/3", "Lunch", "3", "", "", "a", "Zoé, “la fée”", "host"],
        ["Lunch/3", "Lunch", "3", "", "", "b", "", ""],
        ["Dinner/1", "Dinner", "1", '["x","y"]', "gala", "a", "Zoé, “la fée”", ""],
    ]


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_begins_a_formula(begins: str) -> None:
    bad = f"{begins}HYPERLINK(1)"
    plan = Plan(groups=(Group(bad, (Member(bad, bad),), {bad: bad}),))
    heading, row = read(table(plan, {bad: bad}))
    assert heading == ["group", f"'{bad}", "person", "name", "role"]
    assert row == [f"'{bad}"] * 5


words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)


@given(st.lists(st.tuples(words, st.lists(words, max_size=3), words), max_size=4))
def test_every_person_stands_in_it_once_for_each_group(groups: list[tuple[str, list[str], str]]) -> None:
    plan = Plan(
        groups=tuple(
            Group(key, tuple(map(Member, people)), {"table": place}) for key, people, place in groups
        )
    )
    rows = read(table(plan, {}))[1:]
    assert len(rows) == sum(len(people) for _, people, _ in groups)
    assert not any(cell[:1] in {"=", "+", "-", "@"} for row in rows for cell in row if cell)
    assert [row[2].removeprefix("'") for row in rows] == [
        person.removeprefix("'") for _, people, _ in groups for person in people
    ]
