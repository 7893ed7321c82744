"""What requests for meetings need of the store; ``storage`` fulfils it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..domain.meetings import MeetingRequest


class MeetingRequests(Protocol):
    """The caller holds the lock on the installation's people, so that nobody answers between reading and saving."""

    def save(self, installation_id: str, host_event: str, request: MeetingRequest) -> None:
        """Add it, or replace what is known of the same ``ref``."""

    def of_host_event(self, installation_id: str, host_event: str) -> Sequence[MeetingRequest]: ...

    def withdraw(self, installation_id: str, host_event: str, refs: frozenset[str], when: str) -> None:
        """End every request that these people made or got; ``when`` is the stamp of their departure."""

    def remove(
        self, installation_id: str, host_event: str | None, ref: str, *, until: str | None = None
    ) -> None:
        """Remove every request that this person made or got; ``None`` = at every host event.

        ``until``: only those made no later than this stamp.
        """

    def expire(self, *, before: float) -> int:
        """Remove requests for times that were over before then; return how many."""
