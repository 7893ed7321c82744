"""Shares the time of one run between connections: in short turns, so that none keeps the others waiting.

pretix runs its periodic tasks one after the other: what takes long here, holds up all that comes behind.
"""

import logging
import time
from collections import deque

RUN = 50.0
"""Seconds after which a run ends; what is left comes first in the next one."""
TURN = 5.0
"""Seconds after which whoever has more to send waits until everybody else had a turn."""

log = logging.getLogger(__name__)


def taken(waiting, work):
    """Have ``work(pk, seconds)`` done for each in turn, and again where it returns true, until the run is over.

    The first has its turn whatever the time. One connection's trouble does not keep others waiting.
    """
    waiting, until = deque(waiting), time.monotonic() + RUN
    while waiting:
        pk, began = waiting.popleft(), time.monotonic()
        # Who has more to do and did not use the time would only go round and round.
        if _done(work, pk) and time.monotonic() - began >= TURN:
            waiting.append(pk)
        if time.monotonic() >= until:
            break


def _done(work, pk):
    try:
        return work(pk, TURN)
    except Exception as error:  # noqa: BLE001 - whatever it is, others have to be looked after, too
        # By its kind alone: the text may hold what somebody answered.
        log.error("entremise: connection %s failed: %s", pk, type(error).__name__)
        return False
