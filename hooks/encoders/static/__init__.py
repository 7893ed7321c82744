"""Small static word vectors (WordLlama, 256 dimensions): fast, no neural network, one language at a time."""

from __future__ import annotations

from collections.abc import Sequence

from ...encoder_choice import About
from ...markers import hookimpl
from ...specs import Encoding
from ...vectors import unit_rows
from . import model

ABOUT = About(
    extra="engine",
    needs=("wordllama", "tokenizers", "safetensors"),
    good_for="events in one language; it hardly sees that a French and an English text mean the same",
    load=model.load,
)

_COMMON = 0.25
"""Vectors of unlike texts are near each other, so most of what all share tells nothing."""


@hookimpl
def entremise_encode_texts(texts: Sequence[str]) -> Encoding:
    """Encode by the mean of the vectors of a text's pieces of words."""
    vectors = unit_rows(texts, model.DIMENSIONS, model.encode, at_once=model.AT_ONCE)
    return Encoding(model.name(), vectors, common=_COMMON)
