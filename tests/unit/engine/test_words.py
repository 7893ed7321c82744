"""Words that carry meaning, in two languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.engine.words import fold, is_telling, spelled_stems, stems


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Réseaux", "reseau"),
        ("ÉNERGIES", "energy"),
        ("énergie", "energies"),
        ("cities", "city"),
        ("Données", "donnee"),
        ("AI", "ai"),
    ],
)
def test_case_accents_and_plurals_do_not_matter(one: str, other: str) -> None:
    assert stems(one) == stems(other)


def test_words_that_only_join_others_are_left_out() -> None:
    assert stems("Comment faire avec les autres, and with the others?") == []
    assert stems("l’éthique d’une IA qu’on comprend") == ["ethique", "ia", "comprend"]


@given(st.text(alphabet="aelnsxyAÉèçœßİ19’'-_ +.,\n"))
def test_every_spelling_has_the_stem_under_which_it_stands(text: str) -> None:
    spelled = spelled_stems(text)
    assert set(spelled) == set(stems(text))
    for stem, word in spelled.items():
        assert stem in stems(word)
        assert word in text


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    "text", ["Développement de projets", "partner network", "Organiser des rencontres", "2026"]
)
def test_what_everybody_writes_tells_nothing(text: str) -> None:
    assert not any(is_telling(stem) for stem in stems(text))


@pytest.mark.parametrize("text", ["géothermie", "IA générative", "beekeeping", "droit social"])
def test_what_few_write_tells_something(text: str) -> None:
    assert all(is_telling(stem) for stem in stems(text))
