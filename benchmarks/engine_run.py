"""From stored vectors to final lists with their reasons as codes, measured in a process of its own.

``python -m benchmarks.engine_run PEOPLE MAKE MEASURE THREADS ROUNDS`` prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from entremise.plugin.engine.allocation import Allocation
from entremise.plugin.engine.crowd import Crowd
from entremise.plugin.engine.exposure import Exposure, Group
from entremise.plugin.engine.kinds import KINDS
from entremise.plugin.engine.matching import CANDIDATES, Ranked, reasons, recommend
from entremise.plugin.engine.retrieval import BEST
from entremise.plugin.engine.scoring import Scorer
from entremise.plugin.engine.standing import Standing

from . import crowds
from .floors import flat_ip

WISHES = Exposure(length=20, floor=3, cap=60)
"""Nobody in fewer than 3 lists; nobody in more than 60, three times the mean of 20: popular people stay popular, yet
cannot crowd out the others."""
COLLEAGUES = 0.5
SAMPLE = 500
_BLOCK = 32


def main() -> None:
    people, make, measure, threads, rounds = sys.argv[1:6]
    crowd = getattr(crowds, make)(int(people), seed=1)
    measured = {"rounds": _rounds, "memory": _memory, "changes": _changes}[measure]
    print(json.dumps(measured(crowd, int(threads), int(rounds))))


def lists_of(crowd: Crowd, threads: int) -> tuple[Allocation, Ranked]:
    """Make everything that is measured: final lists, and the codes of their reasons from both sides."""
    scorer = Scorer(crowd, KINDS["connection"], colleagues=COLLEAGUES)
    made, ranked = recommend(scorer, WISHES, group(crowd), threads=threads)
    reasons(scorer, made.members, threads=threads)
    return made, ranked


def group(crowd: Crowd) -> Group:
    """Return these people as the allocation sees them."""
    nobody = np.zeros(len(crowd), dtype=np.bool_)
    return Group(
        ids=crowd.ids, organisations=crowd.organisations, newcomer=nobody, experienced=nobody, here=crowd.channels > 0
    )  # fmt: skip


def _rounds(crowd: Crowd, threads: int, rounds: int) -> dict[str, Any]:
    """Measurement and floor take turns."""
    vectors = flat_ip.vectors(len(crowd))
    floors, ours = [], []
    for _ in range(rounds):
        floors.append(flat_ip.nearest(vectors, threads=threads))
        began = time.perf_counter()
        made, ranked = lists_of(crowd, threads)
        ours.append(time.perf_counter() - began)
    plan = ranked.plan
    return {
        "seconds": statistics.median(ours), "floor_seconds": statistics.median(floors),
        "ratio": statistics.median(one / floor for one, floor in zip(ours, floors, strict=True)),
        "recall": _recall(crowd, ranked), "searched": "everybody" if plan is None else f"{plan.probes} lists, {plan.width} wide",
        "short": len(made.short), "most_shown": int(made.shown.max()),
    }  # fmt: skip


def _recall(crowd: Crowd, ranked: Ranked) -> float:
    """Return what part of the best 20 by final score, after hard rules, is among the candidates; on a sample.

    Others with the same score as the twentieth are as good as it.
    """
    scorer = Scorer(crowd, KINDS["connection"], colleagues=COLLEAGUES)
    rows = np.sort(np.random.default_rng(9).choice(len(crowd), min(SAMPLE, len(crowd)), replace=False))
    hits = wanted = 0
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        best = -np.sort(-scorer.scores(block), axis=1)[:, :BEST]
        found = ranked.candidates.scores[block, :BEST]
        worst = np.where(best > 0, best, np.inf).min(axis=1, keepdims=True)
        wanted += int((best > 0).sum())
        hits += int(np.minimum((found >= worst).sum(axis=1), (best > 0).sum(axis=1)).sum())
    return hits / max(wanted, 1)


def _memory(crowd: Crowd, threads: int, _: int) -> dict[str, Any]:
    """Return how far the process grew beyond what it was after imports and loading, over what it may."""
    lists_of(crowds.resembling(4000, seed=2), threads)  # imports, thread stacks, buffers of libraries
    before = _resident()
    lists_of(crowd, threads)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    bound = 3 * crowd.items.nbytes + 64 * len(crowd) * CANDIDATES
    return {"grown_bytes": grown, "bound_bytes": bound, "ratio": grown / bound}


def _resident() -> int:
    """Return the resident bytes now: what was higher before has been given back, or counts against us."""
    told = Path("/proc/self/statm").read_text(encoding="ascii")
    return int(told.split()[1]) * resource.getpagesize()


def _changes(crowd: Crowd, threads: int, rounds: int) -> dict[str, Any]:
    """One attendee after another gets another profile; over one product of the N × 256 matrix with a vector."""
    scorer = Scorer(crowd, KINDS["connection"], colleagues=COLLEAGUES)
    people = group(crowd)
    standing = Standing(scorer, WISHES, people, threads=threads)
    del scorer
    others = crowds.resembling(max(rounds, 100), seed=3)
    vectors = flat_ip.vectors(len(crowd))
    random = np.random.default_rng(4)
    ours, touched = [], []
    for turn in range(rounds):
        row = int(random.integers(len(crowd)))
        crowd = _exchanged(crowd, row, others, turn)
        before = standing.allocation.members.copy()
        began = time.perf_counter()
        standing.update(crowd, people, np.array([row]))
        ours.append(time.perf_counter() - began)
        touched.append(int((before != standing.allocation.members).any(axis=1).sum()))
    floors = flat_ip.product(vectors, times=max(rounds, 20))
    return {
        "seconds": statistics.median(ours), "floor_seconds": statistics.median(floors),
        "ratio": statistics.median(ours) / statistics.median(floors), "lists_touched": statistics.median(touched),
    }  # fmt: skip


def _exchanged(crowd: Crowd, row: int, others: Crowd, other: int) -> Crowd:
    """Put another person's texts in the place of one's, as a store would hand them over."""
    start = crowd.starts[row * crowd.counts.shape[1]]
    end = crowd.starts[(row + 1) * crowd.counts.shape[1]]
    new = others.among(np.array([other]))
    counts = crowd.counts.copy()
    counts[row] = new.counts[0]
    return replace(
        crowd, counts=counts, items=np.concatenate([crowd.items[:start], new.items, crowd.items[end:]])
    )


if __name__ == "__main__":
    main()
