"""Table plans drawn from plans: every guest, the free seats, who hosts, and who has no seat."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from world import World

from entremise.plugin.domain.errors import NotFound
from entremise.plugin.domain.plans import Brief, Group, LeftOver, Member, Plan
from entremise.plugin.services.plan_pictures import pages

SEATED = Plan(
    groups=(
        Group("a", (Member("g1", "host"), Member("g2")), {"meal": "Lunch", "table": "Rose"}),
        Group("b", (Member("g3"),), {"meal": "Lunch", "table": "2"}),
        Group("c", (Member("g1"), Member("g2"), Member("g3")), {"meal": "Dinner", "table": "Rose"}),
    ),
    left_over=(LeftOver("g4", "seats"),),
)
FRAME = {"meals": ["Lunch", "Dinner"], "tables": [{"name": "Rose", "seats": 5}, {"seats": 2}]}


def drawn(world: World, plan: Plan, frame: dict[str, object]) -> list[str]:
    for number in range(1, 5):
        world.register(f"g{number}", name=f"Guest & {number}")
    world.work()
    documents = pages(world.services, world.installation.id, "conf", "seating", plan, Brief(frame=frame))
    return [" ".join(" ".join(ET.fromstring(page).itertext()).split()) for page in documents]


def test_each_meal_has_its_page_with_tables_guests_and_free_seats(world: World) -> None:
    lunch, dinner = drawn(world, SEATED, FRAME)
    for words in ("Lunch", "Rose: Guest & 1 (hôte · host), Guest & 2", "2/5", "1/2"):
        assert words in lunch
    assert "Guest & 4" not in lunch
    for words in ("Dinner", "3/5", "Without a seat (1): Guest & 4"):
        assert words in dinner


def test_a_table_of_which_the_brief_says_nothing_has_as_many_seats_as_people(world: World) -> None:
    assert "3/3" in drawn(world, SEATED, {})[1]
    assert "3/4" in drawn(world, Plan((*SEATED.groups[:1], Group("d", (Member("g1"), Member("g2"), Member("g3")), {"meal": "Lunch", "table": "2"}))), {"tables": 3, "capacity": 4})[0]  # fmt: skip


def test_a_plan_of_nobody_is_a_page_without_tables(world: World) -> None:
    [page] = drawn(world, Plan(), FRAME)
    assert "Table plan" in page


def test_other_plans_have_no_picture(world: World) -> None:
    with pytest.raises(NotFound):
        pages(world.services, world.installation.id, "conf", "circles", SEATED, Brief())
