"""The features that are computed: one object each, listed in ``FEATURES``, all with the same two methods.

Importing this needs the core alone; numpy, scipy and scikit-learn are asked for when something is computed.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...domain.plans import PlanFeature
from .circles import Circles
from .computation import Computation, FeatureComputation, Occasion
from .meetings import Meetings
from .mentorship import Mentorship
from .planned import Planned
from .planning import Planner
from .seating import Seating
from .suggesting import Suggesting
from .topics import Topics

PLANNERS: Mapping[PlanFeature, Planner] = {
    planner.key: planner for planner in (Mentorship(), Circles(), Seating(), Meetings())
}
"""Those features that arrange people into plans, by key."""

_LISTS = ("list_length", "floor", "cap", "sectors")

FEATURES: tuple[FeatureComputation, ...] = (
    Suggesting(
        "connections",
        "connection",
        (
            *_LISTS, "per_organisation", "same_organisation", "needs_weight", "common_weight",
            "here_now", "here_now_length",
        ),
    ),
    Suggesting("peers", "peer", (*_LISTS, "per_organisation", "same_organisation")),
    Suggesting("experts", "expert", (*_LISTS, "least_ahead")),
    *(Planned(planner) for planner in PLANNERS.values()),
    Topics(),
)  # fmt: skip

__all__ = ["FEATURES", "PLANNERS", "Computation", "FeatureComputation", "Mentorship", "Occasion", "Planner"]
