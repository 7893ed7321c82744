"""Blocks of work over a few threads: numpy lets go of the interpreter while it counts."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")


def usable_threads() -> int:
    """Return how many threads the process may use: OMP_NUM_THREADS, or as many as cores that it may run on."""
    told = os.environ.get("OMP_NUM_THREADS", "")
    return int(told) if told.isdigit() and int(told) else len(os.sched_getaffinity(0))


def spread(work: Callable[[Part], object], parts: Sequence[Part], threads: int) -> None:
    """Do ``work`` for every part, each of which writes to its own place: which thread does which is all the same."""
    if threads < 2 or len(parts) < 2:
        for part in parts:
            work(part)
        return
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, parts):
            pass
