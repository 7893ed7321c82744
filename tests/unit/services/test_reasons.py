"""Reasons: true, quoting only what their owners show, each thing said once, and the same whoever else is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from builders import a_host_event, a_profile, an_attendee
from hypothesis import given
from hypothesis import strategies as st

from entremise.hooks.registry import load_plugins
from entremise.plugin.domain.model import FACETS, Profile
from entremise.plugin.domain.suggestions import Reason
from entremise.plugin.engine.kinds import KINDS, Kind
from entremise.plugin.engine.scoring import Scorer
from entremise.plugin.services.dataset import Dataset
from entremise.plugin.services.grounds import find_grounds
from entremise.plugin.services.likeness import Item
from entremise.plugin.services.ports import RosterRow
from entremise.plugin.services.present import Presenter
from entremise.plugin.services.reasons import MOST_REASONS, Ground, Grounds, reasons
from entremise.plugin.services.vectors import TextEncoder, encoded, fitted, joined

TAGS = [
    "énergie solaire", "Solar energy", "export", "Export de vin", "vins naturels", "machine learning",
    "Apprentissage automatique", "Je cherche de l’aide pour exporter du vin", "beekeeping in cities",
]  # fmt: skip
BIOS = [
    "",
    "Vigneronne, j’exporte des vins naturels au Japon.",
    "Agronome. J’exporte des vins naturels.",
    "Beekeeper.",
]
SHOWN = (*FACETS, "sector", "title", "seniority", "first_time", "languages")
MEETS = {
    "need_offered": ("needs", "offers"), "need_offer": ("needs", "offers"),
    "challenge_offer": ("challenges", "offers"), "goal_offer": ("goals", "offers"),
    "same_challenge": ("challenges", "challenges"), "near_challenge": ("challenges", "challenges"),
    "same_goal": ("goals", "goals"), "near_goal": ("goals", "goals"),
    "same_interest": ("interests", "interests"), "near_interest": ("interests", "interests"),
    "same_words": ("bio", "bio"), "same_topic": ("bio", "bio"), "same_sector": ("sector", "sector"),
    "first_time": ("first_time", "first_time"), "more_senior": ("seniority", "seniority"),
    "language": ("languages", "languages"),
}  # fmt: skip
"""Which facet of mine and of theirs a reason is taken from; ``related`` has it from several."""
ANYWHERE = {"challenges", "goals", "interests"}
KIND = st.sampled_from(sorted(KINDS))

items = st.lists(st.sampled_from(TAGS), max_size=3, unique=True).map(tuple)
profiles = st.builds(
    Profile,
    name=st.just("Alix Moreau"),
    languages=st.sampled_from([(), ("fr",), ("en", "fr")]),
    sector=st.sampled_from([None, "Énergie", "énergie"]),
    seniority=st.sampled_from([None, 1, 4]),
    first_time=st.sampled_from([None, True, False]),
    bio=st.sampled_from(BIOS),
    interests=items,
    challenges=items,
    goals=items,
    offers=items,
    needs=items,
    visible=st.one_of(st.just(SHOWN), st.lists(st.sampled_from(SHOWN), unique=True).map(tuple)),
    hidden_for_matching=st.booleans(),
)
ENCODER = TextEncoder(load_plugins()[0])
SPACE = fitted([Profile(interests=tuple(TAGS), bio=bio, visible=SHOWN) for bio in BIOS], ENCODER)
"""One space for all, as a host event has one until it outgrows it."""


class Gathering:
    """People in one space, scored for one kind of acquaintance."""

    def __init__(self, people: Mapping[str, Profile], kind: Kind = "connection") -> None:
        told = {ref: replace(an_attendee(ref), profile=people[ref]) for ref in sorted(people)}
        rows = Dataset([RosterRow.of(one, number=place) for place, one in enumerate(told.values())], ())
        self.attendees = told
        self.row_of = rows.row_of
        blobs = encoded([one.profile for one in told.values()], SPACE, ENCODER)
        self.scorer = Scorer(rows.crowd(*joined(blobs)), KINDS[kind])

    def grounds(self, *pairs: tuple[str, str]) -> Sequence[tuple[Grounds, Grounds]]:
        return find_grounds(self.row_of, self.scorer, pairs, self.attendees)

    def score(self, one: str, other: str) -> float:
        rows = np.array([self.row_of[one], self.row_of[other]])
        return float(self.scorer.directed(rows[:1], rows[1:, None])[0][0, 0])


def found(mine: Profile, theirs: Profile, kind: Kind = "connection", **how: Any) -> Sequence[Reason]:
    return reasons(mine, theirs, Gathering({"a": mine, "b": theirs}, kind).grounds(("a", "b"))[0][0], **how)


def codes(mine: Profile, theirs: Profile, **how: Any) -> list[str]:
    return [reason.code for reason in found(mine, theirs, **how)]


def shown(**facets: Any) -> Profile:
    return a_profile(
        **({"languages": (), "interests": (), "seniority": None, "title": None} | facets), visible=SHOWN
    )


@given(profiles, profiles, KIND, st.booleans())
def test_no_reason_quotes_or_names_a_facet_that_its_owner_does_not_show(
    mine: Profile, theirs: Profile, kind: Kind, seeking: bool
) -> None:
    for reason in found(mine, theirs, kind, seeking=seeking):
        if reason.code == "common_ground":
            assert (reason.mine, reason.theirs, reason.facet) == ("", "", "")
        elif reason.code == "related":
            for owner, quoted in ((mine, reason.mine), (theirs, reason.theirs)):
                assert any(quoted in owner.texts(facet) for facet in ANYWHERE & set(owner.visible))
        else:
            for owner, facet, quoted in zip(
                (mine, theirs), MEETS[reason.code], (reason.mine, reason.theirs), strict=True
            ):
                assert facet in owner.visible
                if facet in FACETS and facet != "bio":
                    assert quoted in owner.texts(facet)
                if reason.code == "same_words":
                    assert quoted in owner.bio


@given(profiles, profiles, KIND)
def test_who_shows_nothing_is_quoted_in_nothing(mine: Profile, theirs: Profile, kind: Kind) -> None:
    assert {reason.code for reason in found(replace(mine, visible=()), theirs, kind)} <= {"common_ground"}
    assert {reason.code for reason in found(mine, replace(theirs, visible=()), kind)} <= {"common_ground"}


@given(profiles, profiles, KIND)
def test_without_what_a_reason_quotes_the_score_would_be_lower(
    mine: Profile, theirs: Profile, kind: Kind
) -> None:
    people = {"a": mine, "b": theirs}
    gathering = Gathering(people, kind)
    [ways] = gathering.grounds(("a", "b"))
    for way, (one, other) in zip(ways, (("a", "b"), ("b", "a")), strict=True):
        before = gathering.score(one, other)
        assert way.score in {before, 0.0}
        for ground in way.found:
            poorer = {
                one: lacking(people[one], ground.facet, ground.mine.text),
                other: lacking(people[other], ground.other, ground.theirs.text),
            }
            assert Gathering(poorer, kind).score(one, other) == pytest.approx(
                before - ground.contribution, abs=1e-6
            )
            assert ground.contribution > 0


def lacking(profile: Profile, facet: str, text: str) -> Profile:
    value = getattr(profile, facet)
    if isinstance(value, str):
        return replace(profile, **{facet: "" if facet == "bio" else None})
    left = list(value)
    left.remove(text)
    return replace(profile, **{facet: tuple(left)})


@given(profiles, profiles, KIND)
def test_both_directions_are_told_and_a_pair_has_the_same_grounds_whoever_is_asked_first(
    mine: Profile, theirs: Profile, kind: Kind
) -> None:
    gathering = Gathering({"a": mine, "b": theirs}, kind)
    asked = gathering.grounds(("a", "b"), ("b", "a"), ("a", "b"))
    assert asked[0] == asked[2] == (asked[1][1], asked[1][0])
    presenter = Presenter(a_host_event(), gathering.attendees)
    one = presenter.suggestion("a", "b", 0.5, asked[0])
    other = presenter.suggestion("b", "a", 0.5, asked[1])
    assert [(r.mine, r.theirs) for r in one.for_them] == [(r.theirs, r.mine) for r in other.for_you]
    for suggestion, recipient in ((one, "a"), (other, "b")):
        item = presenter.item(recipient, suggestion, 1)
        for side in ("for_you", "for_them"):
            assert len(item[side]) == len(getattr(suggestion, side)) <= MOST_REASONS


@given(profiles, profiles, profiles, KIND)
def test_somebody_else_changes_no_reason_of_two_people(
    mine: Profile, theirs: Profile, stranger: Profile, kind: Kind
) -> None:
    people = {"a": mine, "b": theirs}
    larger = Gathering({**people, "aa": stranger}, kind)
    assert Gathering(people, kind).grounds(("a", "b")) == larger.grounds(("a", "b"))


@given(profiles, profiles, KIND)
def test_no_two_reasons_say_the_same_and_the_weightiest_comes_first(
    mine: Profile, theirs: Profile, kind: Kind
) -> None:
    told = [reason for reason in found(mine, theirs, kind) if reason.code not in {"first_time", "language"}]
    quoted = [
        Item.of(text).key
        for reason in told
        for text in {Item.of(reason.mine).key, Item.of(reason.theirs).key}
    ]
    assert len(quoted) == len(set(quoted))
    assert [reason.contribution for reason in told] == sorted((r.contribution for r in told), reverse=True)


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        ("Solar energy", "énergie solaire", "near_interest"),
        ("machine learning", "Apprentissage automatique", "near_interest"),
        ("Export", "export", "same_interest"),
        ("machine learning", "vins naturels", None),
    ],
)
def test_the_same_tag_is_the_same_and_another_name_of_it_is_near(
    one: str, other: str, code: str | None
) -> None:
    told = codes(shown(interests=(one, "beekeeping in cities")), shown(interests=(other, "Export de vin")))
    assert (code in told) if code else not {"same_interest", "near_interest"} & set(told)


def test_a_need_that_an_offer_meets_is_told_in_both_peoples_own_words() -> None:
    mine, theirs = shown(needs=("machine learning",)), shown(offers=("Apprentissage automatique",))
    [reason] = found(mine, theirs)
    assert (reason.code, reason.mine, reason.theirs) == (
        "need_offer",
        "machine learning",
        "Apprentissage automatique",
    )
    assert (reason.facet, reason.contribution > 0) == ("needs", True)
    assert codes(shown(needs=("export",)), shown(offers=("Export.",))) == ["need_offered"]


def test_a_challenge_that_an_offer_meets_is_a_reason_too() -> None:
    assert codes(shown(challenges=("export",)), shown(offers=("export",))) == ["challenge_offer"]


def test_what_counts_but_is_hidden_is_common_ground_and_no_more() -> None:
    mine, theirs = shown(needs=("export",)), shown(offers=("export",))
    hiding = replace(theirs, visible=(), hidden_for_matching=True)
    assert found(mine, hiding)[0].code == "common_ground"
    assert codes(mine, replace(hiding, hidden_for_matching=False)) == []


def test_a_common_language_is_only_named_when_there_is_nothing_else() -> None:
    mine, theirs = shown(languages=("fr-CA", "en")), shown(languages=("fr",))
    assert codes(mine, theirs) == ["language"]
    assert codes(replace(mine, first_time=True), replace(theirs, first_time=True)) == ["first_time"]
    assert codes(replace(mine, interests=("export",)), replace(theirs, interests=("export",))) == [
        "same_interest"
    ]


def test_somebody_further_along_is_a_reason_only_for_who_seeks_a_mentor() -> None:
    mine, theirs = shown(seniority=1), shown(seniority=4)
    assert "more_senior" not in codes(mine, theirs)
    assert codes(mine, theirs, seeking=True) == ["more_senior"]
    assert "more_senior" not in codes(theirs, mine, seeking=True)
    assert "more_senior" not in codes(mine, replace(theirs, visible=()), seeking=True)


def a_ground(facet: str, other: str, mine: str, theirs: str, contribution: float) -> Ground:
    return Ground(facet, other, Item.of(mine), Item.of(theirs), contribution)


def test_of_two_that_say_the_same_the_plainer_one_is_told_unless_it_counts_much_less() -> None:
    plain = a_ground("interests", "interests", "hydrogen", "hydrogen", 0.04)
    roundabout = a_ground("interests", "challenges", "hydrogen", "Our hydrogen has no customer", 0.05)
    told = reasons(shown(), shown(), Grounds([roundabout, plain], 0.3))
    assert [reason.code for reason in told] == ["same_interest"]
    heavier = roundabout._replace(contribution=0.2)
    assert [r.code for r in reasons(shown(), shown(), Grounds([heavier, plain], 0.3))] == ["related"]


def test_never_more_than_three_reasons_nor_three_of_a_kind() -> None:
    many = [
        a_ground("interests", "interests", tag, tag, 0.1) for tag in ("hydrogen", "chess", "wine", "rail")
    ]
    assert len(reasons(shown(), shown(), Grounds(many, 0.5))) == 2
    more = [
        *many,
        a_ground("goals", "goals", "bees", "bees", 0.01),
        a_ground("sector", "sector", "x", "x", 0.01),
    ]
    assert [r.code for r in reasons(shown(), shown(), Grounds(more, 0.5))] == [
        "same_interest", "same_interest", "same_goal",
    ]  # fmt: skip
