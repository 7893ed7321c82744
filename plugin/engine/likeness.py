"""What inner products of vectors are worth: element by element, in one order, so the same to the bit in any block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .rules import Flags, Rows

Block = NDArray[np.float32]

SHARP = np.float32(8.0)
"""How far the best of several offers outshines the rest: their mean at 0, the best alone at infinity."""
FAR = np.float32(0.2)
"""Centred texts that have nothing to do with each other scatter around 0; few are farther apart than this."""
_NARROW = 8
"""So few columns a row are not worth a product of their own."""


def products(vectors: NDArray[np.int8], chosen: Rows, rows: Block, row: Rows) -> Block:
    """Return inner products of ``vectors[chosen]`` (k, d) with ``rows[row]``, (k,); ``row`` ascends."""
    found = vectors.take(chosen, axis=0).astype(np.float32)
    if len(row) < _NARROW * len(rows):
        dots: Block = np.einsum("ij,ij->i", rows[row], found)
        return dots
    dots = np.empty(len(row), dtype=np.float32)
    bounds = np.searchsorted(row, np.arange(len(rows) + 1))
    for mine, start, end in zip(rows, bounds[:-1], bounds[1:], strict=True):
        np.matmul(found[start:end], mine, out=dots[start:end])
    return dots


def cosines(dots: Block, one: Block, other: Block) -> Block:
    """Turn inner products into cosines, by the scales of both sides, and return them."""
    dots *= one * other
    return dots


def sharpened(cosine: Block) -> Block:
    """Turn cosines into the exponentials of which ``softly`` takes the sum, and return them."""
    cosine *= SHARP
    return np.exp(cosine, out=cosine)


def softly(total: Block, counts: Block, known: Flags) -> Block:
    """Return the soft maximum of which ``total`` is the sum of exponentials: log of their mean."""
    total /= np.where(counts > 0, counts, np.float32(1))
    np.copyto(total, np.float32(1), where=~known)
    np.log(total, out=total)
    total /= SHARP
    return total


def worth(cosine: Block) -> Block:
    """Map what is far apart near 0 and what is alike to 1, rising all the way and ever faster.

    One thing that really fits is worth more than several that might.
    """
    cosine += FAR
    np.maximum(cosine, np.float32(0.0), out=cosine)
    cosine /= np.float32(1.0) + FAR
    np.minimum(cosine, np.float32(1.0), out=cosine)
    return np.square(cosine, out=cosine)
