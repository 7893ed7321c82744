"""What the built-in encoders do alike: one row of unit length per text, zero where a text says nothing.

Networks get one text at a time: batches would change the last bits of a vector with what stands beside the text, and
the same text must always have the same vector. Memory grows with the vectors alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_TYPED = str.maketrans("’‘ʼ“”«»\u00a0\u202f", '\'\'\'""""  ')
"""What word processors make of quotes and spaces, and what keyboards do."""
LONGEST = 4000
"""Characters of a text that are read; a line of a profile has about fifty."""


def unit_rows(
    texts: Sequence[str],
    dimensions: int,
    encode: Callable[[Sequence[str]], NDArray[Any]],
    *,
    at_once: int = 1,
) -> NDArray[np.float32]:
    """Return the rows of ``encode``, scaled to unit length, in the order of the texts: shape (n, d), float32.

    ``encode`` gets up to ``at_once`` different texts and returns shape (their number, d). It is not asked about texts
    without a letter or digit, and may answer zeros; both give a zero row. Which quotes and spaces were typed makes no
    difference.
    """
    import numpy as np

    place: dict[str, int] = {}
    where = [place.setdefault(text.translate(_TYPED)[:LONGEST], len(place)) for text in texts]
    rows = np.zeros((len(place), dimensions), dtype=np.float32)
    telling = [text for text in place if _LETTER_OR_DIGIT.search(text)]
    for start in range(0, len(telling), at_once):
        chunk = telling[start : start + at_once]
        vectors = np.asarray(encode(chunk), dtype=np.float64)
        length = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
        rows[[place[text] for text in chunk]] = vectors / np.where(length > 0.0, length, 1.0)
    return rows if len(place) == len(texts) else rows[where]
