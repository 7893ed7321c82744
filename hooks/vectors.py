"""What the built-in encoders do alike: one row of unit length per text, zero where a text says nothing.

Texts are encoded one by one, never in batches: the same text then has the same vector to the last bit, whatever
stands beside it, and memory does not grow with the number of texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
LONGEST = 4000
"""Characters of a text that are read; a line of a profile has about fifty."""


def unit_rows(
    texts: Sequence[str], dimensions: int, encode: Callable[[str], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Return ``encode`` of each text, shape (d,), scaled to unit length: shape (number of texts, d), float32.

    ``encode`` is not asked about texts without a letter or digit, and may answer zeros; both give a zero row. The
    same text is encoded once.
    """
    import numpy as np

    rows = np.zeros((len(texts), dimensions), dtype=np.float32)
    first: dict[str, int] = {}
    for row, text in enumerate(texts):
        known = first.setdefault(text, row)
        if known != row:
            rows[row] = rows[known]
        elif _LETTER_OR_DIGIT.search(text):
            vector = encode(text[:LONGEST]).astype(np.float64)
            length = float(np.sqrt((vector * vector).sum()))
            if length > 0.0:
                rows[row] = vector / length
    return rows
