"""Texts to sparse counts: words, the pieces of words, and the glossary's concepts, hashed into a fixed width.

Hashing needs no vocabulary, so a word that was never seen has its place; what counts for how much is fitted
elsewhere (``space``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .glossary import DATA, concepts
from .words import stems

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

WIDTH = 1 << 17
_CONCEPT = 1.5
"""How often a concept counts beside a word: it is what two languages have in common."""


@cache
def version() -> str:
    """Return what differs whenever the same text would be counted in another way."""
    return f"words-3-5-grams-1-{hashlib.blake2b(DATA.read_bytes(), digest_size=6).hexdigest()}"


def counts(texts: Sequence[str]) -> tuple[csr_matrix, csr_matrix]:
    """Return counts of words and concepts, and of character 3- to 5-grams, each of shape (texts, WIDTH).

    The counts of a text are dampened as ``1 + log(count)``, and depend on that text alone.
    """
    from scipy.sparse import csr_matrix

    place: dict[str, int] = {}
    rows, columns, values = [], [], []
    for row, text in enumerate(texts):
        for token, count in _tokens(text).items():
            rows.append(row)
            columns.append(place.setdefault(token, len(place)))
            values.append(count)
    incidence = csr_matrix(
        (np.array(values, dtype=np.float64), (rows, columns)), shape=(len(texts), len(place))
    )
    whole = _hashed([((token, 1.0),) for token in place])
    pieces = _hashed([_grams(token) for token in place])
    return (incidence @ whole).tocsr(), (incidence @ pieces).tocsr()


def _tokens(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for stem in stems(text):
        found[stem] = found.get(stem, 0.0) + 1.0
    dampened = {stem: 1.0 + float(np.log(count)) for stem, count in found.items()}
    dampened.update({f"§{concept}": _CONCEPT for concept in concepts(text)})
    return dampened


def _hashed(tokens: Sequence[Iterable[tuple[str, float]]]) -> csr_matrix:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction import FeatureHasher

    if not tokens:
        return csr_matrix((0, WIDTH))
    hasher = FeatureHasher(n_features=WIDTH, input_type="pair", dtype=np.float64, alternate_sign=False)
    return hasher.transform(tokens)


@lru_cache(maxsize=100_000)
def _grams(token: str) -> tuple[tuple[str, float], ...]:
    if token.startswith("§"):
        return ()
    padded = f" {token} "
    return tuple((padded[i : i + n], 1.0) for n in (3, 4, 5) for i in range(len(padded) - n + 1))
