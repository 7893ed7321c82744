"""Who may be worth a closer look, for very many people: proposals by the nearest neighbours of the surrogate.

The neighbours are searched in a part of the crowd (an inverted file of faiss). How large a part, and how many
proposals a row needs so that nearly all of its best are among them, is measured on a sample against everybody's exact
scores; where no part is enough, everybody is searched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .crowd import Crowd
from .likeness import Block
from .rules import Rows
from .scoring import IMPOSSIBLE, Scorer, blocks
from .surrogate import Surrogate
from .threads import spread, usable_threads

if TYPE_CHECKING:
    import faiss

Proposals = NDArray[np.int32]
_Part = tuple[NDArray[np.bool_] | None, NDArray[np.intp]]
"""Who is possible (n,), None for everybody, and for whom."""

EXACT_UP_TO = 3000
"""Up to so many people, scoring everybody with everybody is about as quick as proposing first."""
RECALL = 0.985
"""What part of the best must be proposed, in the sample; a little more than is promised."""
BEST = 20
_SAMPLE = 160
_EXACT_ROWS = 32
_PROBES = (8, 16, 32, 64)
_WIDTHS = (96, 128, 160, 200, 256, 320)
_FEW = 2000
"""So few vectors are all looked at."""
_PER_PROPOSAL = 8_000
"""Finding and exactly scoring one proposal more takes about as long as comparing this many numbers of keys."""
_QUICK = 32
_TOGETHER = 256
"""So many queries at most are searched for at a time on one thread."""
_TRAINED_ON = 40
"""Vectors per list to train on."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to search: ``probes`` lists of the inverted file (0: everybody) for ``width`` proposals.

    ``recall`` is what part of the best was proposed so in the sample.
    """

    probes: int
    width: int
    recall: float


class Retrieval:
    """Searches one crowd. ``plan`` says how, once it has been measured or given."""

    def __init__(self, scorer: Scorer, *, threads: int | None = None, plan: Plan | None = None) -> None:
        """``threads`` None: as many as the process may use."""
        self.scorer = scorer
        self.threads = threads or usable_threads()
        self.surrogate = Surrogate(scorer)
        self._company = _Company(scorer.crowd)
        self._centres: faiss.Index | None = None
        self.plan = plan or self._measured()

    def propose(self, count: int, rows: Rows | None = None) -> Proposals:
        """Return up to ``count`` others for each of ``rows`` (None: everybody), (r, count) int32, -1 where none."""
        rows = np.arange(len(self.scorer)) if rows is None else rows
        found: Proposals = self._searched(rows, count, [self.plan.probes])[0]
        return found

    def _measured(self) -> Plan:
        random = np.random.default_rng(0)
        rows = np.sort(random.choice(len(self.scorer), min(_SAMPLE, len(self.scorer)), replace=False))
        probes = [lists for lists in _PROBES if lists < lists_of(len(self.scorer))]
        found = self._recalls(rows, probes) if probes else []
        enough = [plan for plan in found if plan.recall >= RECALL]
        if enough:
            numbers = len(self.scorer) / lists_of(len(self.scorer)) * self.surrogate.dimensions
            return min(enough, key=lambda plan: plan.width + plan.probes * numbers / _PER_PROPOSAL)
        flat = self._recalls(rows, [0])
        return next((plan for plan in flat if plan.recall >= RECALL), flat[-1])

    def _recalls(self, rows: Rows, probes: Sequence[int]) -> list[Plan]:
        """Return how much of the best of ``rows`` is found, by probes and width; in ascending order of both."""
        proposed = self._searched(rows, _WIDTHS[-1], probes)
        scores = np.empty(proposed.shape, dtype=np.float32)
        worst = np.empty(len(rows), dtype=np.float32)
        wanted = np.empty(len(rows), dtype=np.intp)

        def compare(block: Rows) -> None:
            exact = self.scorer.scores(rows[block])
            kept = min(BEST, len(self.scorer))
            best = np.partition(exact, -kept, axis=1)[:, -kept:]
            wanted[block] = (best > 0).sum(axis=1)
            worst[block] = np.where(best > 0, best, np.inf).min(axis=1)
            for turn, found in enumerate(proposed[:, block]):
                known = np.take_along_axis(exact, np.maximum(found, 0), axis=1)
                scores[turn, block] = np.where(found >= 0, known, IMPOSSIBLE)

        spread(compare, blocks(len(rows), _EXACT_ROWS), self.threads)
        self.scorer.forget()
        return [
            Plan(lists, width, recall_of(found[:, :width], worst, wanted))
            for lists, found in zip(probes, scores, strict=True)
            for width in _WIDTHS
        ]

    def together(self) -> Rows:
        """Return all rows in an order in which people who look for much the same follow one another."""
        if self._centres is None:
            return np.arange(len(self.scorer))
        nearest = [
            self._centres.search(self.surrogate.queries(rows), 1)[1][:, 0]
            for rows in blocks(len(self.scorer), 4096)
        ]
        return np.argsort(np.concatenate(nearest), kind="stable")

    def propose_hosts(self, count: int) -> Proposals:
        """Return for each person up to ``count`` others to whom they may be worth most, (n, count), -1 where none."""
        people = np.arange(len(self.scorer))
        found = np.full((len(people), 0), -1, dtype=np.int64)
        worth = np.zeros(found.shape, dtype=np.float32)
        for bits, hosts in self.surrogate.classes(people).items():
            index = _Index(self.surrogate.queries(hosts), self.plan.probes > 0, self.threads)
            more = np.full((len(people), count + 1), -1, dtype=np.int64)
            alike = np.full(more.shape, -np.inf, dtype=np.float32)

            def look(
                part: _Part,
                bits: tuple[bool, ...] = bits,
                hosts: Rows = hosts,
                index: _Index = index,
                more: NDArray[np.int64] = more,
                alike: Block = alike,
            ) -> None:
                possible, ours = part
                among = None if possible is None else possible[hosts]
                keys = self.surrogate.keys(bits, ours)
                alike[ours], more[ours] = index.search(keys, count + 1, among, self.plan.probes)

            index.in_parts(look, self._company.groups(people))
            more = np.where(more >= 0, hosts[more], -1)
            found, worth = np.concatenate([found, more], axis=1), np.concatenate([worth, alike], axis=1)
            best = np.argsort(-worth, axis=1, kind="stable")[:, : count + 1]
            found, worth = np.take_along_axis(found, best, axis=1), np.take_along_axis(worth, best, axis=1)
        return _others(found, people, count)

    def _searched(self, rows: Rows, count: int, probes: Sequence[int]) -> NDArray[np.int32]:
        """Return proposals for each number of lists to look into, (probes, r, count)."""
        proposals = np.full((len(probes), len(rows), count), -1, dtype=np.int32)
        for bits, places in self.surrogate.classes(rows).items():
            index = _Index(self.surrogate.keys(bits), max(probes) > 0, self.threads, self._centres)
            self._centres = index.centres

            def look(part: _Part, index: _Index = index, places: Rows = places) -> None:
                possible, ours = part
                chosen = places[ours]
                queries = self.surrogate.queries(rows[chosen])
                for turn, lists in enumerate(probes):
                    found = index.search(queries, count + 1, possible, lists)[1]
                    proposals[turn, chosen] = _others(found, rows[chosen], count)

            index.in_parts(look, self._company.groups(rows[places]))
        return proposals


class _Index:
    """Vectors (n, d) in lists around centres, or all in one where there are few or ``sorted_`` is false."""

    def __init__(
        self, vectors: Block, sorted_: bool, threads: int, centres: faiss.Index | None = None
    ) -> None:
        """``centres`` are another index's of as many vectors; None: train them."""
        import faiss

        faiss.omp_set_num_threads(threads)
        self._threads = threads
        self._vectors = vectors
        self._all: faiss.Index | None = None
        self.centres: faiss.Index | None = None
        if sorted_ and len(vectors) >= _FEW:
            lists = lists_of(len(vectors))
            self.centres = faiss.IndexFlatIP(vectors.shape[1]) if centres is None else centres
            self._all = faiss.IndexIVFFlat(self.centres, vectors.shape[1], lists, faiss.METRIC_INNER_PRODUCT)
            self._all.cp.seed, self._all.cp.niter = 1, 6
            # faiss would complain of so few vectors on stderr, and cannot be told otherwise.
            self._all.cp.min_points_per_centroid = 1
            size = min(len(vectors), _TRAINED_ON * lists)
            chosen = np.sort(np.random.default_rng(1).choice(len(vectors), size, replace=False))
            # Nothing but the kind of list is learnt where the centres are given.
            self._all.train(vectors[chosen])
            self._all.add(vectors)

    def in_parts(self, look: Callable[[_Part], object], groups: Iterator[_Part]) -> None:
        """Have one group after another looked for, or several at a time where each search runs on one thread."""
        if self._all is None:
            for group in groups:
                look(group)
            return
        parts = [(possible, rows[part]) for possible, rows in groups for part in blocks(len(rows), _TOGETHER)]
        spread(look, parts, self._threads)

    def search(
        self, queries: Block, count: int, possible: NDArray[np.bool_] | None, probes: int
    ) -> tuple[Block, NDArray[np.int64]]:
        """Look into ``probes`` lists; return inner products and places of the nearest of those who are ``possible``, (q, count), -1 where none."""
        import faiss

        # Threads that wait for one another take longer than a few queries do.
        alone = self._all is not None or len(queries) <= _QUICK
        faiss.omp_set_num_threads(1 if alone else self._threads)
        if self._all is not None:
            chosen = {}
            if possible is not None:
                chosen["sel"] = faiss.IDSelectorBitmap(np.packbits(possible, bitorder="little"))
            # Queries that look into the same lists, one after the other, find them in the processor's cache.
            order = np.argsort(self._all.quantizer.search(queries, 1)[1][:, 0], kind="stable")
            how = faiss.SearchParametersIVF(nprobe=probes, **chosen)
            alike, found = self._all.search(queries[order], count, params=how)
            back = np.argsort(order)
            return alike[back], found[back]
        among = np.arange(len(self._vectors)) if possible is None else np.flatnonzero(possible)
        index = faiss.IndexFlatIP(self._vectors.shape[1])
        index.add(self._vectors if possible is None else self._vectors[among])
        alike, found = index.search(queries, count)
        return alike, np.where(found >= 0, among[found] if len(among) else -1, -1)


def lists_of(count: int) -> int:
    """Return into how many lists so many vectors are sorted: a power of two near the root."""
    return 2 << max(int(np.log2(np.sqrt(max(count, 1)))), 1)


def propose(scorer: Scorer, count: int, rows: Rows | None = None, *, threads: int | None = None) -> Proposals:
    """Return up to ``count`` others worth a closer look for each of ``rows`` (None: all), (r, count), -1 where none."""
    return Retrieval(scorer, threads=threads).propose(count, rows)


def recall_of(scores: Block, worst: NDArray[np.float32], wanted: NDArray[np.intp]) -> float:
    """Return what part of the best is among ``scores`` (r, c); others who score the same are as good."""
    best = -np.sort(-scores, axis=1)[:, :BEST]
    hits = np.minimum((best >= worst[:, None]).sum(axis=1), wanted)
    return float(hits.sum() / max(wanted.sum(), 1))


class _Company:
    """Who has a language and a way of meeting in common, for groups of people who have the same of both."""

    def __init__(self, crowd: Crowd) -> None:
        told = np.concatenate([crowd.languages, crowd.channels[:, None].astype(np.uint64)], axis=1)
        self._sets, group = np.unique(told, axis=0, return_inverse=True)
        self._group = group.ravel()

    def groups(self, rows: Rows) -> Iterator[tuple[NDArray[np.bool_] | None, Rows]]:
        """Yield who can meet them, (n,) or None where everybody can, and the places in ``rows``."""
        mine = self._group[rows]
        for group in np.unique(mine):
            shared = self._sets & self._sets[group]
            possible = shared[:, :-1].any(axis=1) & (shared[:, -1] > 0)
            yield None if possible.all() else possible[self._group], np.flatnonzero(mine == group)


def _others(found: NDArray[np.int64], rows: Rows, count: int) -> Proposals:
    """Drop each row itself, and close the gap."""
    others = np.where(found == rows[:, None], -1, found)
    order = np.argsort(others < 0, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(others, order, axis=1).astype(np.int32)
