"""Suggestions in words: the reader's language, both sides, and nothing that its owner keeps to themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import a_host_event, a_profile, an_attendee

from entremise.plugin.domain.model import Profile
from entremise.plugin.services.bios import Common
from entremise.plugin.services.likeness import Item
from entremise.plugin.services.present import Presenter
from entremise.plugin.services.reasons import Ground, Grounds


def a_presenter(mine: Profile, theirs: Profile) -> Presenter:
    told = {"a": replace(an_attendee("a"), profile=mine), "b": replace(an_attendee("b"), profile=theirs)}
    return Presenter(a_host_event(), told)


def told(language: str, out: list[Ground], back: list[Ground] | None = None) -> dict[str, list[str]]:
    presenter = a_presenter(a_profile(languages=(language,)), a_profile())
    suggestion = presenter.suggestion("a", "b", 0.5, (Grounds(out, 0.4), Grounds(back or [], 0.4)))
    item = presenter.item("a", suggestion, 1)
    return {side: [said["text"] for said in item[side]] for side in ("for_you", "for_them")}


def a_ground(facet: str, other: str, mine: str, theirs: str, common: Common | None = None) -> Ground:
    return Ground(facet, other, Item.of(mine), Item.of(theirs), 0.1, common)


@pytest.mark.parametrize(
    ("ground", "english", "french"),
    [
        (a_ground("needs", "offers", "hydrogen", "Hydrogen"),
         "You are looking for “hydrogen”: they offer it.",
         "Vous cherchez «\u00a0hydrogen\u00a0»\u00a0: cette personne le propose."),
        (a_ground("needs", "offers", "How do I export wine?", "I exported wine for ten years."),
         "You are looking for: “How do I export wine?”. They offer: “I exported wine for ten years”.",
         ("Vous cherchez\u00a0: «\u00a0How do I export wine?\u00a0». Cette personne propose\u00a0: "
          "«\u00a0I exported wine for ten years\u00a0».")),
        (a_ground("interests", "interests", "machine learning", "apprentissage automatique"),
         "Your interests are close: “machine learning” for you, “apprentissage automatique” for them.",
         ("Vos centres d’intérêt sont proches\u00a0: «\u00a0machine learning\u00a0» pour vous, "
          "«\u00a0apprentissage automatique\u00a0» pour cette personne.")),
        (a_ground("bio", "bio", "…", "…", Common("topic", "clinical trials", "clinical trials")),
         "Your introductions have a topic in common: clinical trials.",
         "Vos présentations ont un sujet en commun\u00a0: essais cliniques."),
        (a_ground("bio", "bio", "…", "…", Common("run", "saving bees", "saving bees")),
         "In both your introductions: “saving bees”.",
         "On lit dans vos deux présentations\u00a0: «\u00a0saving bees\u00a0»."),
    ],
)  # fmt: skip
def test_a_reason_is_told_in_the_readers_language(ground: Ground, english: str, french: str) -> None:
    assert told("en", [ground])["for_you"] == [english]
    assert told("fr", [ground])["for_you"] == [french]


@pytest.mark.parametrize(
    ("facet", "text"),
    [
        ("needs", "They are looking for: “their words”. You offer: “my words about rail”."),
        ("challenges", "Their challenge: “their words”. You offer: “my words about rail”."),
        ("goals", "Their goal: “their words”. You offer: “my words about rail”."),
    ],
)
def test_what_the_other_one_gains_is_told_from_where_i_stand(facet: str, text: str) -> None:
    assert told("en", [], [a_ground(facet, "offers", "their words", "my words about rail")])["for_them"] == [
        text
    ]


def test_what_cannot_be_quoted_is_called_common_ground_on_either_side() -> None:
    said = ["What the two of you answered fits together."]
    assert told("en", []) == {"for_you": said, "for_them": said}


def test_organisation_and_title_are_shown_only_where_their_owner_shows_them() -> None:
    def item(theirs: Profile) -> dict[str, object]:
        presenter = a_presenter(a_profile(), theirs)
        return presenter.item("a", presenter.suggestion("a", "b", 0.12345, (Grounds(), Grounds())), 2)

    open_one = item(a_profile())
    assert (open_one["organisation"], open_one["title"]) == ("Atelier Nord", "ingénieure procédés")
    assert (open_one["rank"], open_one["score"]) == (2, 0.123)
    assert not {"organisation", "title"} & item(a_profile(visible=("interests",))).keys()
