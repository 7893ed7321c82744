"""What ending an installation for good needs of the store; ``storage`` fulfils it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Removals(Protocol):
    """Knows every table that holds something of an installation, whatever it is."""

    def count(self, installation_id: str) -> tuple[int, int]:
        """Return how many rows there are of this installation, and how many of them are people."""

    def shut_out(self, installation_id: str) -> None:
        """Remove its tokens and its connection: nobody gets in by them any more."""

    def some(self, installation_id: str, limit: int) -> int:
        """Remove up to so many rows, but for the installation itself; return how many, 0 when none are left."""

    def rest(self, installation_id: str) -> bool:
        """Remove every row that is left, the installation's own at last; ``False`` when nothing was.

        Leases go, too, but do not count.
        """

    def strays(self) -> Sequence[str]:
        """Return installations of which there are rows although they are gone: a door was just storing something."""
