"""The space of people's texts, fitted once for commands that tests run on the same people over and over.

That the same texts always give the same space is for ``tests/unit/engine/test_space.py`` to show.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from numpy.typing import NDArray

from entremise.plugin.engine import space

_fit = space.fit


def fit_once(
    texts: Sequence[str], dense: NDArray[Any] | None, *, encoder: str, words: float = 1.0, common: float = 0.0
) -> space.FittedSpace:
    """Fit a space as the engine does, once for the same texts."""
    if dense is not None:
        return _fit(texts, dense, encoder=encoder, words=words, common=common)
    return _fitted(tuple(texts), encoder, words, common)


@lru_cache(maxsize=16)
def _fitted(texts: tuple[str, ...], encoder: str, words: float, common: float) -> space.FittedSpace:
    return _fit(texts, None, encoder=encoder, words=words, common=common)
