"""Reasons: true, quoting only what their owners show, and gone when the words are gone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from builders import a_profile
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.domain.model import FACETS, Profile
from entremise.plugin.domain.suggestions import Reason
from entremise.plugin.engine.words import stems
from entremise.plugin.services.reasons import MOST_REASONS, Readable, reasons

TAGS = [
    "énergie solaire",
    "Énergies solaires",
    "export",
    "Export de vin",
    "vins naturels",
    "data ethics",
    "c++",
    "gestion",
]
SHOWN = (*FACETS, "sector", "seniority", "first_time", "languages")
QUOTING = {
    "need_offer": ("needs", "offers"),
    "same_challenge": ("challenges", "challenges"),
    "near_challenge": ("challenges", "challenges"),
    "same_goal": ("goals", "goals"),
    "near_goal": ("goals", "goals"),
    "same_interest": ("interests", "interests"),
    "near_interest": ("interests", "interests"),
    "same_words": ("bio", "bio"),
    "same_sector": ("sector", "sector"),
    "first_time": ("first_time", "first_time"),
    "more_senior": ("seniority", "seniority"),
    "language": ("languages", "languages"),
    "common_ground": (None, None),
}
"""Which facet of mine and of theirs a reason is taken from."""

items = st.lists(st.sampled_from(TAGS), max_size=3, unique=True).map(tuple)
profiles = st.builds(
    Profile,
    languages=st.sampled_from([(), ("fr",), ("en", "fr")]),
    sector=st.sampled_from([None, "Énergie", "énergie"]),
    seniority=st.sampled_from([None, 1, 4]),
    first_time=st.sampled_from([None, True, False]),
    bio=st.sampled_from(["", "Vigneron, j’exporte des bouteilles", "Bouteilles et vignerons du Jura"]),
    interests=items,
    challenges=items,
    goals=items,
    offers=items,
    needs=items,
    visible=st.lists(st.sampled_from(SHOWN), unique=True).map(tuple),
    hidden_for_matching=st.booleans(),
)


def found(mine: Profile, theirs: Profile, shares: dict[str, float] | None = None, **how: Any) -> list[Reason]:
    return list(reasons(Readable.of(mine), Readable.of(theirs), shares or {}, **how))


def codes(mine: Profile, theirs: Profile, shares: dict[str, float] | None = None, **how: Any) -> list[str]:
    return [reason.code for reason in found(mine, theirs, shares, **how)]


def shown(**facets: Any) -> Profile:
    return a_profile(**({"languages": (), "interests": (), "seniority": None} | facets), visible=SHOWN)


@given(profiles, profiles, st.booleans())
def test_no_reason_quotes_or_rests_on_a_facet_that_its_owner_does_not_show(
    mine: Profile, theirs: Profile, seeking: bool
) -> None:
    for reason in found(mine, theirs, {"needs": 0.5}, seeking=seeking):
        for owner, facet, quoted in zip(
            (mine, theirs), QUOTING[reason.code], (reason.mine, reason.theirs), strict=True
        ):
            if facet is None:
                assert quoted == ""
                continue
            assert facet in owner.visible
            if facet in FACETS and facet != "bio":
                assert quoted in owner.texts(facet)
            if facet == "bio":
                assert all(word in owner.bio for word in quoted.split(", "))


@given(profiles, profiles)
def test_hiding_everything_leaves_nothing_to_quote(mine: Profile, theirs: Profile) -> None:
    assert codes(replace(mine, visible=()), theirs) == []
    assert codes(mine, replace(theirs, visible=())) == []


@given(profiles, profiles, st.sampled_from(["mine", "theirs"]))
def test_a_reason_vanishes_when_its_words_are_taken_from_either_profile(
    mine: Profile, theirs: Profile, side: str
) -> None:
    for reason in found(mine, theirs):
        if reason.code == "first_time":
            continue
        my_facet, their_facet = QUOTING[reason.code]
        one = without(mine, my_facet, reason.mine) if side == "mine" else mine
        other = without(theirs, their_facet, reason.theirs) if side == "theirs" else theirs
        left = found(one, other)
        assert (reason.code, reason.mine, reason.theirs) not in {(r.code, r.mine, r.theirs) for r in left}


def without(profile: Profile, facet: str | None, quoted: str) -> Profile:
    assert facet is not None
    if facet == "bio":
        gone = {stem for word in quoted.split(", ") for stem in stems(word)}
        return replace(
            profile, bio=" ".join(word for word in profile.bio.split() if not gone & set(stems(word)))
        )
    value = getattr(profile, facet)
    left = tuple(item for item in value if item != quoted) if isinstance(value, tuple) else None
    return replace(profile, **{facet: left})


@given(profiles, profiles)
def test_a_reason_among_peers_reads_the_same_from_both_sides(mine: Profile, theirs: Profile) -> None:
    def shared(one: Profile, other: Profile) -> set[str]:
        return {code for code in codes(one, other) if code.startswith("same")}

    few = len(codes(mine, theirs)) < MOST_REASONS and len(codes(theirs, mine)) < MOST_REASONS
    assert not few or shared(mine, theirs) == shared(theirs, mine)


def test_the_weightiest_facet_is_named_first_and_never_more_than_three() -> None:
    both = {"challenges": ("export",), "goals": ("export",), "interests": ("export",)}
    mine, theirs = shown(needs=("export",), **both), shown(offers=("export",), **both)
    shares = {"needs": 0.1, "challenges": 0.2, "goals": 0.4, "interests": 0.3}
    assert codes(mine, theirs, shares) == ["same_goal", "same_interest", "same_challenge"]


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        ("énergie solaire", "Énergies solaires", "near_interest"),
        ("Export", "export", "same_interest"),
        ("export de vin", "vins naturels à l’export", "near_interest"),
        ("gestion de projet", "gestion du stress", None),
        ("conseil", "conseil en innovation", None),
        ("Trouver un partenaire pour rénover des gares", "Trouver un partenaire pour filtrer l’eau", None),
        ("eau", "Réduire les fuites d’un réseau d’eau ancien", "near_interest"),
        ("Je cherche à rénover des gares", "Comment rénover une gare ancienne ?", "near_interest"),
        ("C development", "R development", None),
        ("C++", "c++", "same_interest"),
    ],
)
def test_what_counts_as_the_same_or_near(one: str, other: str, code: str | None) -> None:
    assert codes(shown(interests=(one,)), shown(interests=(other,))) == ([code] if code else [])


def test_a_common_language_is_only_named_when_there_is_nothing_else() -> None:
    mine, theirs = shown(languages=("fr-CA", "en")), shown(languages=("fr",))
    assert codes(mine, theirs) == ["language"]
    assert codes(mine, theirs, {"bio": 0.1}) == ["common_ground"]
    assert codes(replace(mine, first_time=True), replace(theirs, first_time=True)) == ["first_time"]


def test_somebody_further_along_is_a_reason_only_for_who_seeks_a_mentor() -> None:
    mine, theirs = shown(seniority=1), shown(seniority=4)
    assert codes(mine, theirs) == []
    assert codes(mine, theirs, seeking=True) == ["more_senior"]
    assert codes(theirs, mine, seeking=True) == []
