"""What arrives at a door: raw bytes and headers, not yet understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Door = Literal["webhook", "kafka", "file", "replay", "reconcile"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message exactly as it arrived.

    ``headers`` have lower-case names; ``received_at`` is in seconds since 1970 (UTC). The installation is
    decided by the door (the address of a webhook, the configured topic), never by the message.
    """

    installation_id: str
    door: Door
    headers: Mapping[str, str]
    body: bytes
    received_at: float
