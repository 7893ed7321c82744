"""Codes whose inner products say what is the same or how many steps apart, for use beside vectors of texts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .likeness import Block

_CODES = 4096
_LEVELS = 16
"""More than there are steps of seniority."""


def same_or_not(values: NDArray[np.int32], width: int) -> Block:
    """Return (n, width): inner products 1 for the same and near 0 for others; exactly 0 among the first few."""
    signs = np.random.default_rng(0).integers(0, 2, (_CODES, width), dtype=np.int8) * 2 - 1
    signs[:width] = np.eye(width, dtype=np.int8)
    length = np.sqrt(np.square(signs, dtype=np.float32).sum(axis=1, keepdims=True))
    codes: Block = (signs / length).astype(np.float32)[np.maximum(values, 0) % _CODES]
    codes[values < 0] = 0
    return codes


def gaps() -> NDArray[np.float64]:
    """Return how many steps each level is above each other one, (levels, levels)."""
    levels = np.arange(_LEVELS, dtype=np.float64)
    return levels[None, :] - levels[:, None]


def factors(table: NDArray[np.float64], seniority: NDArray[np.int8], rank: int) -> tuple[Block, Block]:
    """Return codes of everybody, (n, rank) twice, whose inner products are what the table says of two levels."""
    left, strength, right = np.linalg.svd(np.pad(table, ((1, 0), (1, 0))))
    root = np.sqrt(strength[:rank])
    place = np.minimum(seniority.astype(np.intp) + 1, _LEVELS)
    mine, theirs = left[:, :rank] * root, right[:rank].T * root
    return mine[place].astype(np.float32), theirs[place].astype(np.float32)
