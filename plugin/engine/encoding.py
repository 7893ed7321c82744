"""Texts to vectors, and a person's facets to one row of whole numbers.

Nothing is fitted on the people at hand, so one person's vector never depends on who else is there. Every sum on
the way is one of whole numbers that floating point holds exactly: whatever the batch and the order, the same texts
give the same bytes. That, and scoring in the same manner, is why patched results can equal full ones to the bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .words import is_telling, stems

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

DIMENSIONS = 256
ENCODER = f"hashed-words-3-5-grams-{DIMENSIONS}-v1"
_GRAIN = 4096
"""Unit vectors are rounded to this many steps before they are added up."""
_COMMONPLACE = 0.25
"""How much a word counts that nearly everybody uses; a power of two, so that sums stay exact."""
_PEAK = 127
_LONGEST = 4096.0
"""Longest stored vector: the square fits the 24 bits in which float32 counts exactly."""


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return one row of unit length (zero where nothing carries meaning) per text, shape (n, DIMENSIONS).

    Words count once whole and once as their character 3- to 5-grams, so that inflections and spellings of French
    and English stay near each other; both are hashed.
    """
    found = [list(dict.fromkeys(stems(text))) for text in texts]
    place = {stem: row for row, stem in enumerate(dict.fromkeys(stem for words in found for stem in words))}
    if not place:
        return np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    sums = _incidence(found, place) @ _hash_words(list(place))
    return _unit(sums.toarray()).astype(np.float32)


def pool(items: NDArray[Any], lengths: Sequence[int]) -> NDArray[np.int8]:
    """Add up consecutive rows of ``items`` (k, d), ``lengths[i]`` of them for output row i; scale each to int8.

    Returns shape (len(lengths), d); a row of no items, or of items without meaning, is zero.
    """
    rows = np.repeat(np.arange(len(lengths)), lengths)
    sums = np.zeros((len(lengths), items.shape[1]))
    np.add.at(sums, rows, np.rint(items.astype(np.float64) * _GRAIN))
    peak = np.abs(sums).max(axis=1, initial=0.0, keepdims=True)
    length = np.sqrt((sums * sums).sum(axis=1, keepdims=True))
    scale = np.minimum(_PEAK / np.maximum(peak, 1.0), _LONGEST / np.maximum(length, 1.0))
    scaled: NDArray[np.int8] = np.trunc(sums * scale).astype(np.int8)
    return scaled


def _incidence(found: Sequence[Sequence[str]], place: Mapping[str, int]) -> csr_matrix:
    """Return which text has which word, and how much the word counts, shape (texts, words)."""
    from scipy.sparse import csr_matrix

    counts = np.array([1.0 if is_telling(stem) else _COMMONPLACE for stem in place])
    columns = [place[stem] for words in found for stem in words]
    ends = np.cumsum([0, *map(len, found)])
    return csr_matrix((counts[columns], columns, ends), shape=(len(found), len(place)))


def _hash_words(words: Sequence[str]) -> csr_matrix:
    """Return whole-numbered vectors of equal length, shape (len(words), DIMENSIONS), sparse float64."""
    from sklearn.feature_extraction import FeatureHasher

    hasher = FeatureHasher(n_features=DIMENSIONS, input_type="pair", dtype=np.float64)
    hashed = hasher.transform(_features(word) for word in words)
    hashed.data = np.rint(hashed.data * _GRAIN)
    return hashed


def _features(word: str) -> Iterable[tuple[str, float]]:
    padded = f" {word} "
    grams = [padded[i : i + n] for n in (3, 4, 5) for i in range(len(padded) - n + 1)]
    half = 0.5**0.5
    yield f"={word}", half
    share = half / max(1, len(grams)) ** 0.5
    for gram in grams:
        yield gram, share


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    scaled: NDArray[np.float64] = rows / np.maximum(length, 1.0)
    return scaled
