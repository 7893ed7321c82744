"""What invitations and the connections made by them need of the store; ``storage`` fulfils it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Invitation:
    """A code that connects hosts below ``addresses``, ``left`` times more and until ``expires_at``."""

    id: str
    name: str
    addresses: tuple[str, ...]
    allow_private: tuple[str, ...]
    uses: int
    left: int
    created_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class Connection:
    """How an installation came to be that a host made for itself. ``host`` is what the host said of itself.

    ``left_at`` is when the host disconnected, ``erased_at`` when everybody was erased since; ``None`` while it has not
    or once it is back.
    """

    installation_id: str
    invitation_id: str
    addresses: tuple[str, ...]
    host: Mapping[str, str]
    connected_at: float
    erased_at: float | None = None
    left_at: float | None = None


class Invitations(Protocol):
    def add(self, invitation: Invitation, code_hash: str) -> None: ...
    def is_good(self, code_hash: str, *, now: float) -> bool:
        """Whether ``redeem`` would take it now."""

    def redeem(self, code_hash: str, *, now: float) -> Invitation | None:
        """Use the code once, if it is good; of two at the same moment one gets the last use."""

    def list(self) -> Sequence[Invitation]:
        """Return all, oldest first, spent and expired ones included."""

    def end(self, invitation_id: str) -> bool:
        """Take away what uses are left; ``False`` when there is no such invitation."""

    def expire(self, *, before: float) -> int:
        """Remove those that were over before then; return how many."""


class Connections(Protocol):
    def add(self, connection: Connection) -> None: ...
    def get(self, installation_id: str) -> Connection | None: ...
    def set_left(self, installation_id: str, at: float) -> None:
        """Remember when the host left; where it said so before, that moment stays."""

    def came_back(self, installation_id: str) -> None:
        """Nobody has left, and nobody is erased any more."""

    def left(self, *, before: float) -> Sequence[str]:
        """Return the installations whose host left before then without having everybody erased."""

    def kept_too_long(self, installation_id: str, *, before: float) -> bool:
        """Whether it is one of those still. Until the commit, the host cannot come back."""

    def set_erased(self, installation_id: str, at: float) -> None: ...
    def erased(self) -> Sequence[str]:
        """Return the installations whose host left with everybody, and of which something has arrived since."""

    def use_once(self, installation_id: str, digest: str, *, now: float) -> bool:
        """Remember a signed request; ``False`` when it was used before."""

    def expire(self, *, before: float) -> None:
        """Forget signed requests from before then: their time is out of the window."""

    def clear(self, installation_id: str) -> int:
        """Remove every trace of people from every table of this installation; return how many people there were.

        Settings, audit and the graves of single people stay.
        """

    def dead_letters(self, installation_id: str) -> int: ...
    def last_result_at(self, installation_id: str) -> float | None:
        """Return when the newest result that the host holds was made."""
