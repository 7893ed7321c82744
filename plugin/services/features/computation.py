"""What a feature is to the rest of entremise: a fingerprint of its settings, and one pass over a host event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from pluggy import PluginManager

from ...domain.events import FeedbackGiven
from ...domain.model import HostEvent
from ...domain.plans import Plan, PlanFeature, Planning
from ...domain.suggestions import Feature
from ..ports import RosterRow, UnitOfWork
from ..vectors import Vectors


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """One moment of one host event, as all its features look at it; they only read.

    ``settings`` are the effective values by flat key (``connections.list_length``).
    """

    uow: UnitOfWork
    host_event: HostEvent
    roster: Sequence[RosterRow]
    settings: Mapping[str, Any]
    plugins: PluginManager
    now: float
    arranged: dict[PlanFeature, Plan | None] = field(default_factory=dict)
    """What is published of each plan after this pass (``None``: nothing, or the feature is off), as far as it has come."""

    @cached_property
    def vectors(self) -> Vectors:
        """Everybody's vectors; loaded, and made where they are missing, when they are first asked for."""
        everybody = [
            person for person in self.roster if person.matching or person.mentoring or person.grouping
        ]
        return Vectors(self.uow, self.host_event, everybody, self.plugins)

    @property
    def vectors_if_used(self) -> Vectors | None:
        """Everybody's vectors if a feature asked for them."""
        return self.__dict__.get("vectors")

    def published(self, feature: PlanFeature) -> Plan | None:
        """Return what is published of a plan, for features that come later in the pass."""
        if feature not in self.arranged:
            where = self.host_event
            self.arranged[feature] = self.uow.plans.get(where.installation_id, where.ref, feature).published
        return self.arranged[feature]

    @cached_property
    def feedback(self) -> Sequence[FeedbackGiven]:
        """What attendees said of each other."""
        return self.uow.feedback.of_host_event(self.host_event.installation_id, self.host_event.ref)

    def implementers(self, hook: str) -> list[str]:
        """Return the names of the plugins that implement the hook."""
        return sorted(found.plugin_name for found in getattr(self.plugins.hook, hook).get_hookimpls())

    def facts(self) -> dict[str, Any]:
        """Return what concerns everybody's results: when it differs from the last pass, all are made anew."""
        return {
            "encoder": self.vectors.encoder,
            "languages": list(self.host_event.languages),
            "adjusted_by": self.implementers("entremise_adjust_scores"),
            "reviewed_by": self.implementers("entremise_review_suggestions"),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Computation:
    """What one pass of a feature found.

    ``payloads`` maps recipients to what they should hold (``None`` = nothing). When ``full``, whoever is not in it
    should hold nothing; otherwise whoever is not in it keeps what they hold. ``mentions`` names the people in each
    payload. ``state`` is given back as ``previous`` to the next pass. ``planning`` is how far the feature's plan is
    after the pass, where it changed.
    """

    payloads: Mapping[str, dict[str, Any] | None]
    mentions: Mapping[str, tuple[str, ...]]
    state: bytes
    full: bool
    planning: Planning | None = None


class FeatureComputation(Protocol):
    """One feature. Objects hold no state between calls; what a pass needs of the last one is in ``previous``."""

    @property
    def key(self) -> Feature:
        """The feature's key in the manifest."""

    def fingerprint(self, settings: Mapping[str, Any]) -> str:
        """Return a text that differs whenever the same people would get other results (at most 255 characters)."""

    def compute(self, occasion: Occasion, previous: tuple[int, bytes] | None) -> Computation | None:
        """Work out who should hold what now. ``None`` means that nothing can have changed.

        ``previous`` is the (version, blob) of the last pass under the same fingerprint; without it everything is
        computed anew. Raises ``ConfigurationError`` where ``entremise[engine]`` is not installed.
        """
