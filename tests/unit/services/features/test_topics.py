"""Topics of circles and tables: only words that their owners made visible, in the reader's language, gone with them."""

from __future__ import annotations

from typing import Any

import pytest
from builders import NOON
from hall import Hall

from entremise.plugin.domain.plans import Group, Member, Plan, Planning
from entremise.plugin.engine.topics import Kind
from entremise.plugin.services.wording import say


@pytest.fixture
def table(hall: Hall) -> Hall:
    """Five people in one circle, published; others in the hall so that some words are rare."""
    for ref, language in (("ana", "fr"), ("ben", "en"), ("cléo", "fr"), ("dan", "en"), ("eva", "fr")):
        hall.put(
            ref, languages=(language, "fr" if language == "en" else "en"), challenges=("machine learning",)
        )
    hall.put("ben", languages=("en", "fr"), challenges=("apprentissage automatique",), needs=("tapisserie",))
    hall.put("dan", languages=("en", "fr"), offers=("tapisserie",), bio="I hide bees", visible=("offers",))
    for number in range(12):
        hall.put(f"x{number}", languages=("fr",), challenges=(f"sujet {number}",))
    plan(hall, "ana", "ben", "cléo", "dan", "eva")
    return hall


def plan(hall: Hall, *refs: str) -> None:
    with hall.store.begin() as unit:
        group = Group("1/1", tuple(Member(ref) for ref in refs), {"round": 1, "circle": 1})
        unit.plans.save("inst", "conf", Planning(feature="circles", published=Plan((group,))))
        unit.host_events.soil("inst", "conf")


def items(hall: Hall, ref: str) -> list[dict[str, Any]]:
    (found,) = hall.held("topics")[ref]["topics"]
    assert (found["of"], found["key"]) == ("circle", "1/1")
    return list(found["items"])


def test_what_a_circle_has_in_common_is_named_in_each_readers_language(table: Hall) -> None:
    table.run("topics")
    assert items(table, "ana")[0]["text"] == "Ce que vous avez en commun\u00a0: apprentissage automatique"
    assert items(table, "ben")[0]["text"] == "What you have in common: machine learning"
    assert set(items(table, "ana")[0]["from"]) == {"ana", "ben", "cléo", "eva"}


def test_who_seeks_and_who_offers_is_a_topic_with_the_words_of_both(table: Hall) -> None:
    table.run("topics")
    (found,) = [one for one in items(table, "eva") if one["kind"] == "asked_and_offered"]
    assert {(one["person"], one["text"]) for one in found["said"]} == {
        ("ben", "tapisserie"),
        ("dan", "tapisserie"),
    }


def test_nothing_hidden_is_quoted(table: Hall) -> None:
    table.run("topics")
    assert "bees" not in str(table.held("topics"))


def test_words_go_with_whoever_wrote_them_at_once(table: Hall) -> None:
    table.run("topics")
    with table.store.begin() as unit:
        unit.outbox.take_out("inst", "conf", frozenset({"dan"}), erased=True, now=NOON)
    assert "tapisserie" not in str(table.held("topics"))


def test_topics_follow_the_plan_and_the_people_and_cost_nothing_otherwise(table: Hall) -> None:
    table.run("topics")
    assert table.run("topics") is None
    table.arrive("ana")
    assert table.run("topics") is None
    table.put("ana", languages=("fr", "en"), challenges=("poterie",))
    table.run("topics")
    assert "ana" not in items(table, "ben")[0]["from"]
    plan(table)
    table.run("topics")
    assert table.held("topics") == {}


def test_tables_have_topics_where_the_setting_says_so(table: Hall) -> None:
    with table.store.begin() as unit:
        seats = Plan((Group("Lunch/1", (Member("ana"), Member("eva")), {"meal": "Lunch", "table": "1"}),))
        unit.plans.save("inst", "conf", Planning(feature="seating", published=seats))
    table.run("topics")
    assert {one["of"] for one in table.held("topics")["ana"]["topics"]} == {"circle", "seat"}
    table.settings["topics.at_tables"] = False
    table.run("topics")
    assert {one["of"] for one in table.held("topics")["ana"]["topics"]} == {"circle"}


def test_every_kind_of_topic_has_a_sentence_in_both_languages() -> None:
    for kind in Kind:
        assert say("en", f"topic_{kind}", mine="x") != say("fr", f"topic_{kind}", mine="x")
