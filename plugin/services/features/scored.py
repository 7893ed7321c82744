"""Scorers of the people of one pass, as the settings of a feature that suggests people weigh them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..dataset import Dataset
from .computation import Occasion

if TYPE_CHECKING:
    from ...engine.kinds import Kind
    from ...engine.scoring import Scorer

_COLLEAGUES = 0.2
"""What a score within one organisation is worth where the organiser would rather mix."""
_WEIGHED = (("need_offer", "needs_weight"), ("offer_need", "needs_weight"), ("about", "common_weight"))
"""Which setting multiplies which term."""


def scorer_of(kind: Kind, settings: Mapping[str, Any], occasion: Occasion, people: Dataset) -> Scorer:
    """Return the scorer of these people; ``settings`` are the feature's own, without its name before them."""
    from ...engine.kinds import KINDS
    from ...engine.rules import Rules
    from ...engine.scoring import Scorer

    weights = KINDS[kind]
    terms = dict(weights.terms)
    for name, setting in _WEIGHED:
        terms[name] = terms.get(name, 0.0) * settings.get(setting, 1.0)
    avoid = settings.get("same_organisation", "allow") == "avoid"
    return Scorer(
        people.crowd(*occasion.vectors.of(people.people)),
        replace(weights, terms=terms),
        colleagues=_COLLEAGUES if avoid else 1.0,
        rules=Rules(sectors=settings.get("sectors", "any"), ahead=settings.get("least_ahead")),
    )
