"""What may be quoted side by side: what a reader would call alike, whatever the vectors say of the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.services.bios import Bio, in_common
from entremise.plugin.services.likeness import Item, is_alike


@pytest.mark.parametrize(
    ("one", "other", "nearness", "alike"),
    [
        ("Export", "export.", 0.0, True),
        ("machine learning", "Apprentissage automatique", 0.2, True),
        ("RGPD", "data protection in schools", 0.4, True),
        ("Je cherche à rénover des gares", "Comment rénover une gare ancienne ?", 0.4, True),
        ("eau", "Réduire les fuites d’un réseau d’eau ancien", 0.3, True),
        ("dropouts", "décrocheurs", 0.7, True),
        ("dropouts", "décrocheurs", 0.6, False),
        ("apprentissage automatique", "apprentissage en ligne", 0.75, False),
        ("gestion de projet", "gestion du stress", 0.5, False),
        ("C development", "R development", 0.9, False),
        ("hybrid teams", "I coach teams that want to take over a team in crisis.", 0.62, False),
        (
            "Trouver un partenaire pour rénover des gares",
            "Trouver un partenaire pour filtrer l’eau",
            0.6,
            False,
        ),
        ("A third of our night nurses leave every year", "Alerts are drowning our nurses", 0.7, False),
        ("conseil", "conseil en innovation", 0.6, False),
        ("remote monitoring", "Find a partner to keep attention in a remote class", 0.6, False),
    ],
)
def test_what_counts_as_alike(one: str, other: str, nearness: float, alike: bool) -> None:
    assert is_alike(Item.of(one), Item.of(other), nearness) is alike
    assert is_alike(Item.of(other), Item.of(one), nearness) is alike


@given(st.text(max_size=60), st.text(max_size=60), st.floats(-1, 1))
def test_likeness_is_mutual_and_everything_is_like_itself(one: str, other: str, nearness: float) -> None:
    assert is_alike(Item.of(one), Item.of(one), nearness)
    assert is_alike(Item.of(one), Item.of(other), nearness) == is_alike(
        Item.of(other), Item.of(one), nearness
    )


MINE = "Urbaniste chez Ville du Lac. Mon quotidien : réduire les fuites d’un réseau d’eau ancien. Un café ?"


@pytest.mark.parametrize(
    ("theirs", "common"),
    [
        (
            "Je viens réduire les fuites d’un réseau d’eau ancien.",
            "réduire les fuites d’un réseau d’eau ancien",
        ),
        ("Urbaniste chez Ville du Lac, passionnée d’échecs. Un café ?", None),
        ("Mon quotidien : écouter.", None),
        ("Réduire les fuites ! D’un réseau d’eau ancien.", "réseau d’eau ancien"),
    ],
)
def test_two_biographies_have_in_common_what_both_say_of_themselves(theirs: str, common: str | None) -> None:
    found = in_common(Bio.of(MINE, ["Ville du Lac", "Urbaniste"]), Bio.of(theirs))
    assert (found and found.mine) == common


def test_a_concept_is_in_common_in_two_languages() -> None:
    found = in_common(
        Bio.of("I work on clinical trials."), Bio.of("Infirmière, j’aime les essais cliniques.")
    )
    assert found is not None
    assert (found.how, found.mine) == ("topic", "clinical trials")


@given(st.text(max_size=80), st.text(max_size=80), st.lists(st.text(max_size=8), max_size=3))
def test_what_is_quoted_of_biographies_stands_in_both(one: str, other: str, names: list[str]) -> None:
    ours, theirs = Bio.of(f"{one} saving bees {other}", names), Bio.of(f"{other}, saving bees!", names)
    found = in_common(ours, theirs)
    if found is not None and found.how == "run":
        assert found.mine in ours.text
        assert found.theirs in theirs.text
