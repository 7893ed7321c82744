"""Rings for many threads with one hand: whoever comes while somebody rings leaves it to them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable


class Bells:
    """Calls ``ring(installation_id)`` at least once after every request to, and never twice at a time.

    A round trip to the queue costs as much as storing several deliveries; under load most of them are saved.
    """

    def __init__(self, ring: Callable[[str], object]) -> None:
        self._ring = ring
        self._wanted: dict[str, None] = {}
        self._hand = threading.Lock()

    def ring(self, installation_ids: Iterable[str]) -> None:
        """Have these rung for. Returns when it is done, or when somebody else has it to do.

        Whoever has the hand looks again after letting go of it, so that no request falls between two of them.
        """
        self._wanted.update(dict.fromkeys(installation_ids))
        while self._wanted and self._hand.acquire(blocking=False):
            try:
                if self._wanted:
                    # Taken out first: what is asked for while it rings is rung for once more.
                    self._ring(self._wanted.popitem()[0])
            finally:
                self._hand.release()
