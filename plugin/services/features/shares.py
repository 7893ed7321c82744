"""Asks the engine how much each facet has to do with the scores of chosen pairs, for the reasons' weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..dataset import Dataset
from ..reasons import Shares
from .letters import Pair

if TYPE_CHECKING:
    from ...engine.scoring import Scorer


def shared_out(people: Dataset, scorer: Scorer, pairs: Sequence[Pair]) -> Sequence[tuple[Shares, Shares]]:
    """Return the facets' shares of both directed scores of each pair, all of them among ``people``."""
    if not pairs:
        return []
    import numpy as np

    from ...engine.scoring import FACETS

    rows = np.array([[people.row_of[one], people.row_of[other]] for one, other in pairs], dtype=np.intp)
    out, back = scorer.shares(rows[:, 0], rows[:, 1])
    return [
        (dict(zip(FACETS, mine, strict=True)), dict(zip(FACETS, theirs, strict=True)))
        for mine, theirs in zip(out.tolist(), back.tolist(), strict=True)
    ]
