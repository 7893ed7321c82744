"""The questions that can be asked about two people, and which of them have what form."""

from __future__ import annotations

from ..engine.kinds import KINDS as WEIGHED
from ..engine.kinds import Kind

KINDS: tuple[Kind, ...] = tuple(WEIGHED)
LISTED: tuple[Kind, ...] = ("connection", "peer", "expert")
"""Those of which everybody gets a list; mentors and mentees are paired instead."""
DIRECTED: frozenset[Kind] = frozenset(kind for kind, weights in WEIGHED.items() if not weights.mutual)
"""Those in which ``a`` seeks what ``b`` has; the others are the same from both sides."""

__all__ = ["DIRECTED", "KINDS", "LISTED", "Kind"]
