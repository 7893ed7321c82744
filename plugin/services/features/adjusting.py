"""Lets plugins change scores before lists are made: the hook wants all pairs at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pluggy import PluginManager

from ...domain.model import HostEvent
from ...domain.suggestions import Feature
from ..dataset import Dataset

if TYPE_CHECKING:
    from ...engine.lists import ScoreRows
    from ...engine.scoring import Block


def implementers(plugins: PluginManager, hook: str) -> list[str]:
    """Return the names of the plugins that implement the hook."""
    return sorted(found.plugin_name for found in getattr(plugins.hook, hook).get_hookimpls())


def adjusted(
    plugins: PluginManager, host_event: HostEvent, feature: Feature, people: Dataset, score: ScoreRows
) -> ScoreRows:
    """Return the scores as plugins leave them; the same function when no plugin adjusts.

    With one, all n² scores are held at once: 100 MB for 5,000 people.
    """
    if not implementers(plugins, "entremise_adjust_scores"):
        return score
    scores = all_adjusted(plugins, host_event, feature, people, score)
    return lambda rows: scores[rows]


def all_adjusted(
    plugins: PluginManager, host_event: HostEvent, feature: Feature, people: Dataset, score: ScoreRows
) -> Block:
    """Return shape (n, n), ``IMPOSSIBLE`` where ruled out by us or vetoed by a plugin."""
    import numpy as np

    from ...engine.scoring import IMPOSSIBLE, blocks

    scores = np.empty((len(people), len(people)), dtype=np.float32)
    for rows in blocks(len(people)):
        scores[rows] = score(rows)
    impossible = scores < 0
    scores[impossible] = 0.0
    plugins.hook.entremise_adjust_scores(
        host_event=host_event, feature=feature, refs=[person.ref for person in people.people], scores=scores
    )
    impossible |= np.isneginf(scores) | np.isnan(scores)
    np.clip(scores, 0.0, 1.0, out=scores)
    scores[impossible] = IMPOSSIBLE
    return scores
