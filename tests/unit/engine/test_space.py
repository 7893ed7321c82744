"""Fitted spaces: near texts are near, one text always has one vector, and what was stored is what was fitted."""

from __future__ import annotations

from functools import cache
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from entremise.plugin.engine.space import DIMENSIONS, HALF, FittedSpace, fit

LINES = [
    "Données ouvertes pour les villes", "open data for cities", "énergie solaire", "énergies solaires en copropriété",
    "apiculture urbaine", "ruches et apiculture", "machine learning", "apprentissage automatique", "logistique du vin",
    "export de vin", "recrutement inclusif", "inclusive hiring", "vélo cargo", "cargo bikes", "health data ethics",
]  # fmt: skip
texts = st.lists(st.sampled_from([*LINES, "", "de la", "jamais vu nulle part"]), min_size=1, max_size=6)


@cache
def space() -> FittedSpace:
    return fit(LINES, None, encoder="words")


def dense(lines: list[str]) -> NDArray[np.float32]:
    """An encoder of five dimensions that knows how long words are."""
    rows = np.array([[len(line) % 5 == k for k in range(5)] for line in lines], dtype=np.float32)
    return rows.reshape(-1, 5)


def near(one: str, other: str) -> float:
    rows = space().vectors([one, other], None)
    return float(rows[0] @ rows[1])


def test_texts_that_share_words_or_a_concept_are_nearer_than_others() -> None:
    assert near("énergie solaire", "énergies solaires") > 0.8
    assert (
        near("machine learning", "apprentissage automatique")
        > near("machine learning", "apiculture urbaine") + 0.3
    )
    assert abs(near("énergie solaire", "recrutement inclusif")) < 0.2


def test_one_known_word_among_many_unknown_ones_does_not_pass_for_all_of_them() -> None:
    assert near("vin jaune savagnin ouillage voile comté", "export de vin") < near("vin", "export de vin")


@given(texts, texts)
def test_a_vector_does_not_depend_on_what_is_encoded_beside_it(some: list[str], others: list[str]) -> None:
    fitted = fit(LINES, dense(LINES), encoder="lengths")
    together = fitted.vectors(others + some, dense(others + some))[len(others) :]
    assert np.allclose(together, fitted.vectors(some, dense(some)), atol=1e-6)


@given(texts)
def test_vectors_are_at_most_of_unit_length_and_zero_where_nothing_is_known(some: list[str]) -> None:
    rows = space().vectors(some, None)
    lengths = np.linalg.norm(rows, axis=1)
    assert rows.shape == (len(some), DIMENSIONS)
    assert np.all(lengths < 1 + 1e-5)
    assert all(length == 0 for text, length in zip(some, lengths, strict=True) if text in {"", "de la"})


def test_a_stored_space_gives_the_same_vectors_to_the_bit() -> None:
    fitted = fit(LINES, dense(LINES), encoder="lengths")
    restored = FittedSpace.restored(fitted.facts(), fitted.arrays())
    assert np.array_equal(restored.vectors(LINES, dense(LINES)), fitted.vectors(LINES, dense(LINES)))
    assert restored.name == fitted.name


@pytest.mark.parametrize("many", [False, True])
def test_the_same_texts_give_the_same_space_to_the_bit(many: bool) -> None:
    # Few texts have all their directions; of many, the foremost are sought from a random start.
    lines = (
        [f"{one}, {other}, {more}" for one, other, more in permutations(LINES, 3)][: 2 * HALF + 20]
        if many
        else LINES
    )
    one, other = (fit(lines, None, encoder="words") for _ in range(2))
    assert one.facts() == other.facts()
    for name, array in one.arrays().items():
        assert np.array_equal(array, other.arrays()[name])


def test_its_name_tells_texts_encoder_and_what_that_encoder_asks_for_apart() -> None:
    names = {
        fit(LINES, None, encoder="words").name, fit(LINES[1:], None, encoder="words").name,
        fit(LINES, dense(LINES), encoder="lengths").name, fit(LINES, dense(LINES), encoder="lengths", words=0.5).name,
        fit(LINES, dense(LINES), encoder="lengths", common=0.5).name,
    }  # fmt: skip
    assert len(names) == 5
    assert all(len(name) <= 64 for name in names)
    assert fit(LINES, None, encoder="words").name == space().name


def test_words_can_count_less_beside_an_encoder_and_never_less_alone() -> None:
    light = fit(LINES, dense(LINES), encoder="lengths", words=0.1).vectors(LINES[:1], dense(LINES[:1]))[0]
    half = DIMENSIONS // 2
    assert np.linalg.norm(light[:half]) < 0.2
    assert np.linalg.norm(light[half:]) > 0.9


def test_what_all_texts_have_in_common_is_taken_off_but_for_the_part_that_an_encoder_keeps() -> None:
    rows = np.hstack([np.full((len(LINES), 1), 3.0, dtype=np.float32), dense(LINES)])
    half = DIMENSIONS // 2
    near = []
    for common in (0.0, 0.5, 1.0):
        space = fit(LINES, rows, encoder="lengths", common=common)
        meanings = space.vectors(LINES, rows)[:, half:]
        unit = meanings / np.linalg.norm(meanings, axis=1, keepdims=True)
        near.append(float((unit @ unit.T).mean()))
        assert (space.mean > 0).any() == (common < 1.0)
    assert near[0] < near[1] < near[2]
    given = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    assert np.isclose(near[2], (given @ given.T).mean(), atol=1e-3)


def test_without_texts_there_is_a_space_that_knows_nothing() -> None:
    empty = fit([], None, encoder="words")
    assert not empty.vectors(["énergie"], None).any()
    assert empty.vectors([], None).shape == (0, DIMENSIONS)
