"""Small whole numbers: the direction stays, and no sum of products loses anything."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.engine.encoding import as_whole_numbers, scales


@given(st.integers(0, 2**32), st.integers(1, 6), st.sampled_from([1, 7, 256, 900]))
def test_rows_are_whole_numbers_whose_products_float32_holds_exactly(seed: int, rows: int, size: int) -> None:
    random = np.random.default_rng(seed)
    given_rows = random.standard_normal((rows, size)) * random.choice([0.0, 1e-6, 1.0, 1e6], (rows, 1))
    whole = as_whole_numbers(given_rows)
    assert whole.dtype == np.int8
    exact = whole.astype(np.int64) @ whole.astype(np.int64).T
    assert np.abs(exact).max() < 2**24
    assert np.array_equal(whole.astype(np.float32) @ whole.astype(np.float32).T, exact)
    assert [bool(row.any()) for row in whole] == [bool(row.any()) for row in given_rows]


def test_the_direction_stays() -> None:
    rows = np.random.default_rng(0).standard_normal((50, 256))
    whole = as_whole_numbers(rows).astype(float)
    cosines = (rows * whole).sum(axis=1) / np.linalg.norm(rows, axis=1) / np.linalg.norm(whole, axis=1)
    assert cosines.min() > 0.999


def test_scales_make_rows_of_unit_length_and_leave_nothing_nothing() -> None:
    rows = np.array([[3, 4], [0, 0], [127, 0]], dtype=np.int8)
    assert np.allclose(scales(rows), [0.2, 0.0, 1 / 127])
    assert scales(np.zeros((0, 5), dtype=np.int8)).shape == (0,)
