"""The questions that can be asked about two people."""

from __future__ import annotations

from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["connection", "peer", "expert", "mentorship"]

KINDS: tuple[Kind, ...] = ("connection", "peer", "expert", "mentorship")
LISTED: tuple[Kind, ...] = ("connection", "peer", "expert")
"""Those of which everybody gets a list; mentors and mentees are paired instead."""
DIRECTED: frozenset[Kind] = frozenset({"expert", "mentorship"})
"""Those in which ``a`` seeks what ``b`` has; the others are the same from both sides."""
