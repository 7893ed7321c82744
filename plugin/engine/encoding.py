"""Vectors as small whole numbers, and nothing lost by adding them up.

Every inner product of two such rows is a sum of whole numbers that float32 holds exactly: whatever the batch, the
order and the number of threads, the same two rows give the same number to the bit. That is why patched results can
equal full ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

GRAIN = 4096
"""Unit vectors are rounded to this many steps before they are added up."""
_PEAK = 127
_LONGEST = 4064.0
"""Longest row: with rounding, its square fits the 24 bits in which float32 counts exactly."""


def as_whole_numbers(rows: NDArray[Any]) -> NDArray[np.int8]:
    """Scale each row (n, d) to int8 as finely as fits; rows of zeros stay zero."""
    peak = np.abs(rows).max(axis=1, initial=0.0, keepdims=True)
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    scale = np.minimum(_PEAK / np.where(peak > 0, peak, 1.0), _LONGEST / np.where(length > 0, length, 1.0))
    whole: NDArray[np.int8] = np.rint(rows * scale).astype(np.int8)
    return whole


def scales(rows: NDArray[np.int8], block: int = 8192) -> NDArray[np.float32]:
    """Return what makes each row (n, d) one of unit length, (n,); 0 where it has none."""
    found = np.zeros(len(rows), dtype=np.float32)
    for start in range(0, len(rows), block):
        part = rows[start : start + block].astype(np.float32)
        squares = np.einsum("ij,ij->i", part, part)
        has = squares > 0
        found[start : start + block][has] = np.float32(1.0) / np.sqrt(squares[has])
    return found
