"""From people to rows and back, and what is needed to compute at all."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from builders import a_profile

from entremise.plugin.domain.errors import ConfigurationError
from entremise.plugin.domain.events import FeedbackGiven
from entremise.plugin.engine.crowd import FACETS
from entremise.plugin.engine.kinds import KINDS
from entremise.plugin.engine.scoring import IMPOSSIBLE, Scorer
from entremise.plugin.services.dataset import Dataset, require_engine
from entremise.plugin.services.ports import RosterRow
from entremise.plugin.services.vectors import scored_texts

SOMEBODY = RosterRow(
    id=1, ref="a", matching=True, mentoring=True, grouping=True, here=False, mode=None, languages=frozenset(), organisation="",
    sector="", seniority=None, first_time=None, role="none", capacity=1, profile_version=1,
)  # fmt: skip


def people(**languages: set[str]) -> list[RosterRow]:
    return [
        replace(SOMEBODY, id=10 + place, ref=ref, languages=frozenset(tags))
        for place, (ref, tags) in enumerate(languages.items())
    ]


def apart(dataset: Dataset) -> set[frozenset[str]]:
    """Pairs that are ruled out."""
    nothing = np.zeros((0, 4), dtype=np.int8), np.zeros((len(dataset), len(FACETS)), dtype=np.int32)
    scores = Scorer(dataset.crowd(*nothing), KINDS["connection"]).scores(np.arange(len(dataset)))
    refs = [person.ref for person in dataset.people]
    return {
        frozenset({refs[one], refs[other]})
        for one, other in np.argwhere(scores == IMPOSSIBLE).tolist()
        if one != other
    }


def said(who: str, verdict: Any, other: str) -> FeedbackGiven:
    return FeedbackGiven(host_event="conf", stamp="1", attendee=who, other=other, verdict=verdict)


def test_rows_are_in_the_order_of_ids_whatever_the_order_of_the_roster() -> None:
    roster = people(a=set(), b=set(), c=set())
    dataset = Dataset(reversed(roster), [])
    assert [person.ref for person in dataset.people] == ["a", "b", "c"]
    assert dataset.ids.tolist() == [10, 11, 12]
    assert dataset.row_of == {"a": 0, "b": 1, "c": 2}


def test_only_blocking_and_declining_keep_two_people_apart_whoever_said_it() -> None:
    feedback = [
        said("c", "blocked", "a"),
        said("a", "declined", "c"),
        said("a", "accepted", "b"),
        said("b", "met", "c"),
    ]
    dataset = Dataset(people(a=set(), b=set(), c=set()), [*feedback, said("a", "blocked", "gone")])
    assert apart(dataset) == {frozenset("ac")}
    assert dataset.vetoed_ids().tolist() == [[10, 12]]


def test_a_part_of_the_people_keeps_its_own_vetoes() -> None:
    feedback = [said("a", "blocked", "b"), said("c", "blocked", "d")]
    dataset = Dataset(people(a=set(), b=set(), c=set(), d=set()), feedback)
    part = dataset.among(np.array([True, False, True, True]))
    assert part.ids.tolist() == [10, 12, 13]
    assert part.row_of == {"a": 0, "c": 1, "d": 2}
    assert apart(part) == {frozenset("cd")}


def test_languages_are_compared_by_their_primary_tag_and_unknown_ones_rule_nobody_out() -> None:
    dataset = Dataset(people(a={"fr-CA", "en"}, b={"FR"}, c={"en"}, d=set()), [])
    assert apart(dataset) == {frozenset("bc")}


def test_any_number_of_languages_is_told_apart() -> None:
    tags = [chr(97 + one) + chr(97 + two) for one in range(10) for two in range(10)]
    dataset = Dataset(people(**{tag: {tag} for tag in tags}, all=set(tags)), [])
    assert len(apart(dataset)) == 100 * 99 // 2


def test_an_empty_host_event_has_no_rows() -> None:
    dataset = Dataset([], [])
    assert len(dataset) == 0
    assert apart(dataset) == set()


@pytest.mark.parametrize("facet", FACETS)
def test_a_facet_is_scored_only_when_shown_or_when_hidden_answers_may_count(facet: str) -> None:
    text = "apiculture" if facet in {"bio", "sector", "title"} else ("apiculture",)
    shown = a_profile(**{facet: text}, visible=(facet,), hidden_for_matching=False)
    assert scored_texts(shown, facet) == ("apiculture",)
    assert scored_texts(replace(shown, visible=()), facet) == ()
    assert scored_texts(replace(shown, visible=(), hidden_for_matching=True), facet) == ("apiculture",)


def test_without_the_engine_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    require_engine()
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "entremise.plugin.services.dataset.find_spec", lambda name: None if name == "sklearn" else found(name)
    )
    with pytest.raises(ConfigurationError, match=r"sklearn: install entremise\[engine\]"):
        require_engine()
