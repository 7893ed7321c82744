"""What a feature is to the rest of entremise: a fingerprint of its settings, and one pass over a host event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pluggy import PluginManager

from ...domain.model import HostEvent
from ...domain.suggestions import Feature
from ..ports import RosterRow, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Computation:
    """What one pass of a feature found.

    ``payloads`` maps recipients to what they should hold (``None`` = nothing). When ``full``, whoever is not in it
    should hold nothing; otherwise whoever is not in it keeps what they hold. ``mentions`` names the people in each
    payload. ``state`` is given back as ``previous`` to the next pass. ``vectors`` (attendee id → bytes) were newly
    made by ``encoder`` and are worth keeping.
    """

    payloads: Mapping[str, dict[str, Any] | None]
    mentions: Mapping[str, tuple[str, ...]]
    state: bytes
    full: bool
    encoder: str = ""
    vectors: Mapping[int, bytes] = field(default_factory=dict)


class FeatureComputation(Protocol):
    """One feature. Objects hold no state between calls; what a pass needs of the last one is in ``previous``."""

    @property
    def key(self) -> Feature:
        """The feature's key in the manifest."""

    def fingerprint(self, settings: Mapping[str, Any]) -> str:
        """Return a text that differs whenever the same people would get other results (at most 255 characters)."""

    def compute(
        self,
        uow: UnitOfWork,
        host_event: HostEvent,
        roster: Sequence[RosterRow],
        settings: Mapping[str, Any],
        previous: tuple[int, str, bytes] | None,
        plugins: PluginManager,
    ) -> Computation | None:
        """Work out who should hold what now; only reads. ``None`` means that nothing can have changed.

        ``settings`` are the effective values by flat key (``connections.list_length``). ``previous`` is the
        (version, fingerprint, blob) of the last pass; with another fingerprint everything is computed anew.
        Raises ``ConfigurationError`` where ``entremise[engine]`` is not installed.
        """
