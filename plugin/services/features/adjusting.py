"""Lets plugins change scores before lists are made: the hook wants all pairs at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...domain.suggestions import Feature
from ..dataset import Dataset
from .computation import Occasion

if TYPE_CHECKING:
    from ...engine.likeness import Block
    from ...engine.lists import ScoreRows
    from ...engine.scoring import Scorer


def adjusted(
    occasion: Occasion, feature: Feature, people: Dataset, scorer: Scorer
) -> tuple[ScoreRows, ScoreRows]:
    """Return scores as plugins leave them: of rows with everybody, and of everybody with rows.

    Whatever the kind, these may differ by direction. All n² are held at once: 100 MB for 5,000 people.
    """
    scores = all_adjusted(occasion, feature, people, scorer.scores)
    return lambda rows: scores[rows], lambda rows: scores[:, rows].T


def all_adjusted(occasion: Occasion, feature: Feature, people: Dataset, score: ScoreRows) -> Block:
    """Return shape (n, n), ``IMPOSSIBLE`` where ruled out by us or vetoed by a plugin."""
    import numpy as np

    from ...engine.scoring import IMPOSSIBLE, blocks

    scores = np.empty((len(people), len(people)), dtype=np.float32)
    for rows in blocks(len(people)):
        scores[rows] = score(rows)
    impossible = scores < 0
    scores[impossible] = 0.0
    occasion.plugins.hook.entremise_adjust_scores(
        host_event=occasion.host_event,
        feature=feature,
        refs=[person.ref for person in people.people],
        scores=scores,
    )
    impossible |= np.isneginf(scores) | np.isnan(scores)
    np.clip(scores, 0.0, 1.0, out=scores)
    scores[impossible] = IMPOSSIBLE
    return scores
