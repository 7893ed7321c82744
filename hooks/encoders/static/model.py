"""WordLlama's vectors, read from the files of its wheel.

The package itself is not imported: it sets up logging for the whole process, and brings an HTTP client that it
would fetch missing files with.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIMENSIONS = 256
AT_ONCE = 64
"""Texts; more at a time are no faster."""
_NOTHING = 0
"""The piece that stands for what the tokenizer does not know."""


class Model(NamedTuple):
    """A tokenizer, and one vector per piece of a word: shape (pieces, DIMENSIONS), float16."""

    tokenizer: Any
    vectors: NDArray[np.float16]


@cache
def name() -> str:
    """Return the name that vectors are cached under."""
    return f"wordllama-{DIMENSIONS}-{version('wordllama')}"


@cache
def load() -> Model:
    """Read the model, about 20 MB; no network, no threads."""
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    spec = find_spec("wordllama")
    assert spec is not None, "ABOUT.needs was asked first"
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0])
    tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    tokenizer.no_padding()
    vectors = load_file(folder / "weights" / f"l2_supercat_{DIMENSIONS}.safetensors")["embedding.weight"]
    return Model(tokenizer, vectors)


def encode(texts: Sequence[str]) -> NDArray[np.float64]:
    """Return the mean over the pieces of each text, shape (number of texts, DIMENSIONS).

    Half precision added up in double precision is exact: the order of additions changes nothing.
    """
    import numpy as np

    model = load()
    pieces = [model.tokenizer.encode(text, add_special_tokens=False).ids or [_NOTHING] for text in texts]
    ends = np.cumsum([len(each) for each in pieces])
    vectors = model.vectors[np.fromiter(chain.from_iterable(pieces), dtype=np.intp, count=ends[-1])]
    starts = np.concatenate([[0], ends[:-1]])
    sums = np.add.reduceat(vectors.astype(np.float64), starts, axis=0)
    means: NDArray[np.float64] = sums / (ends - starts)[:, None]
    return means
