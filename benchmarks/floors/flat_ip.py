"""Floor: everybody's 20 nearest among everybody by inner product, in one batch call of faiss.

``nearest(people, threads=…)`` returns the seconds from the vectors to the neighbours: building the index (a copy of
them) and searching it with all of them as queries. Vectors are N × 256 float32, Gaussian, seeded; made before.
"""

from __future__ import annotations

import time

import faiss
import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 256
NEAREST = 20


def vectors(people: int, *, seed: int = 0) -> NDArray[np.float32]:
    """Return the vectors, (people, DIMENSIONS)."""
    return np.random.default_rng(seed).standard_normal((people, DIMENSIONS), dtype=np.float32)


def nearest(rows: NDArray[np.float32], *, threads: int) -> float:
    """Search once, and return the seconds that it took."""
    faiss.omp_set_num_threads(threads)
    began = time.perf_counter()
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    index.search(rows, NEAREST)
    return time.perf_counter() - began


def product(rows: NDArray[np.float32], *, times: int) -> list[float]:
    """Multiply the matrix with one vector so many times, and return the seconds of each."""
    vector = np.ascontiguousarray(rows[0])
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        rows @ vector
        seconds.append(time.perf_counter() - began)
    return seconds
