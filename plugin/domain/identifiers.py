"""Identifiers that sort by when they were made and cannot be guessed."""

from __future__ import annotations

import secrets


def new_id(now: float) -> str:
    """Return 24 hexadecimal digits: milliseconds since 1970, then 52 random bits."""
    return f"{int(now * 1000):011x}{secrets.randbits(52):013x}"
