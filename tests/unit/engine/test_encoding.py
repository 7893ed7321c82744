"""Texts to vectors: near texts are near, and the same text always gives the same bytes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.engine.encoding import DIMENSIONS, encode, pool

texts = st.lists(st.text(alphabet="abcdéè ïx", max_size=20), max_size=8)


def similarity(one: str, other: str) -> float:
    first, second = encode([one, other])
    return float(first @ second)


def test_the_same_words_in_another_order_case_or_number_are_the_same() -> None:
    assert similarity("Données ouvertes", "ouvertes données") > 0.999
    assert similarity("Open Data", "open datas") > 0.999


def test_inflected_and_cognate_words_are_nearer_than_unrelated_ones() -> None:
    assert similarity("mobilité urbaine", "urban mobility") > 0.2
    assert similarity("énergie solaire", "énergies solaires") > 0.9
    assert abs(similarity("mobilité urbaine", "apiculture")) < 0.15


def test_texts_without_meaning_have_a_zero_vector() -> None:
    assert not encode(["", "de la", "!?"]).any()
    assert encode([]).shape == (0, DIMENSIONS)


@given(texts, texts)
def test_a_vector_does_not_depend_on_what_is_encoded_beside_it(some: list[str], others: list[str]) -> None:
    together = encode(others + some)[len(others) :]
    assert np.array_equal(together, encode(some))
    assert all(np.array_equal(row, encode([text])[0]) for row, text in zip(together, some, strict=True))


@given(texts)
def test_vectors_have_length_one_or_zero(some: list[str]) -> None:
    lengths = np.linalg.norm(encode(some), axis=1)
    assert np.all((abs(lengths - 1) < 1e-5) | (lengths == 0))


@given(st.lists(st.lists(st.sampled_from(["vélo", "tricot", "data", "the"]), max_size=4), max_size=6))
def test_pooled_facets_are_whole_numbers_that_add_up_exactly_in_any_order(facets: list[list[str]]) -> None:
    items = encode([text for facet in facets for text in facet])
    pooled = pool(items, [len(facet) for facet in facets])
    shuffled = pool(encode([text for facet in facets for text in reversed(facet)]), [len(f) for f in facets])
    assert pooled.dtype == np.int8
    assert np.array_equal(pooled, shuffled)
    squares = (pooled.astype(np.int64) ** 2).sum(axis=1)
    assert squares.max(initial=0) < 2**24
    assert [bool(row.any()) for row in pooled] == [any(text != "the" for text in facet) for facet in facets]


def test_pooled_vectors_keep_the_direction_of_what_was_pooled() -> None:
    items = encode(["énergie solaire", "recyclage des batteries"])
    (pooled,) = pool(items, [2]).astype(float)
    exact = items.sum(axis=0)
    assert pooled @ exact / np.linalg.norm(pooled) / np.linalg.norm(exact) > 0.999
