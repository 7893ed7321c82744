"""What a long command tells whoever watches it: phases, and how far each is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

Advance = Callable[[int], None]
"""Takes by how much the phase went on."""
Phase = Callable[[str, int | None], AbstractContextManager[Advance]]
"""Opens a phase: its name, and how many steps it has (``None`` where nobody knows)."""


def unwatched(_name: str, _total: int | None) -> AbstractContextManager[Advance]:
    """Open a phase that nobody watches."""
    return nullcontext(_ignored)


def _ignored(_steps: int) -> None:
    return
