"""What a long command tells whoever watches it: phases, and how far each is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

Advance = Callable[[int], None]
"""Takes by how much the phase went on."""
Phase = Callable[[str, int | None], AbstractContextManager[Advance]]
"""Opens a phase: its name, and how many steps it has (``None`` where nobody knows)."""


STEPS = 1000
"""Steps of a phase whose worker tells which part of it is done."""


class Parts:
    """Turns the part of the work that is done, in [0, 1], into steps of a phase of ``STEPS``."""

    def __init__(self, advance: Advance) -> None:
        self._advance, self._done = advance, 0

    def __call__(self, part: float) -> None:
        done = int(part * STEPS)
        if done > self._done:
            self._advance(done - self._done)
            self._done = done


def unwatched(_name: str, _total: int | None) -> AbstractContextManager[Advance]:
    """Open a phase that nobody watches."""
    return nullcontext(_ignored)


def _ignored(_steps: int) -> None:
    return
