"""Who may be worth a closer look, for very many people: proposals by the nearest neighbours of the surrogate.

The neighbours are searched in a part of the crowd (an inverted file of faiss). How large a part, and how many
proposals a row needs so that nearly all of its best are among them, is measured on a sample against everybody's exact
scores; where no part is enough, everybody is searched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .scoring import Block, Rows, Scorer
from .surrogate import Surrogate
from .threads import usable_threads

if TYPE_CHECKING:
    import faiss

Proposals = NDArray[np.int32]

EXACT_UP_TO = 3000
"""Up to so many people, scoring everybody with everybody is about as quick as proposing first."""
RECALL = 0.985
"""What part of the best must be proposed, in the sample; a little more than is promised."""
BEST = 20
_SAMPLE = 160
_EXACT_ROWS = 32
_PROBES = (8, 16, 32, 64)
_WIDTHS = (96, 128, 160, 200, 256, 320)
_FLAT_ROWS = 1024
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
        self._languages = _Languages(scorer.crowd.languages)
        self._quantizer: faiss.Index | None = None
        self.plan = plan or self._measured()

    def propose(self, count: int, rows: Rows | None = None) -> Proposals:
        """Return up to ``count`` others for each of ``rows`` (None: everybody), (r, count) int32, -1 where none."""
        rows = np.arange(len(self.scorer)) if rows is None else rows
        return self._searched(rows, count, self.plan.probes)

    def _measured(self) -> Plan:
        random = np.random.default_rng(0)
        rows = np.sort(random.choice(len(self.scorer), min(_SAMPLE, len(self.scorer)), replace=False))
        worst, wanted = self._truth(rows)
        found = []
        for probes in _PROBES:
            if probes >= self._lists:
                break
            proposed = self._searched(rows, _WIDTHS[-1], probes)
            scores = self.scorer.scores(rows, np.where(proposed >= 0, proposed, rows[:, None]))
            for width in _WIDTHS:
                recall = recall_of(scores[:, :width], worst, wanted)
                found.append(Plan(probes, width, recall))
                if recall >= RECALL:
                    break
        enough = [plan for plan in found if plan.recall >= RECALL]
        if enough:
            return min(enough, key=lambda plan: plan.width + 2 * plan.probes)
        proposed = self._searched(rows, _WIDTHS[-1], 0)
        scores = self.scorer.scores(rows, np.where(proposed >= 0, proposed, rows[:, None]))
        return Plan(0, _WIDTHS[-1], recall_of(scores, worst, wanted))

    def _truth(self, rows: Rows) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
        """Return the score of each row's last of the best, and how many best there are."""
        worst = np.empty(len(rows), dtype=np.float32)
        wanted = np.empty(len(rows), dtype=np.intp)
        for start in range(0, len(rows), _EXACT_ROWS):
            block = slice(start, start + _EXACT_ROWS)
            best = np.partition(self.scorer.scores(rows[block]), -BEST, axis=1)[:, -BEST:]
            wanted[block] = (best > 0).sum(axis=1)
            worst[block] = np.where(best > 0, best, np.inf).min(axis=1)
        return worst, wanted

    @property
    def _lists(self) -> int:
        return 1 << max(int(np.log2(np.sqrt(len(self.scorer)))), 1)

    def _searched(self, rows: Rows, count: int, probes: int) -> Proposals:
        import faiss

        faiss.omp_set_num_threads(self.threads)
        proposals = np.full((len(rows), count), -1, dtype=np.int32)
        for bits, places in self.surrogate.classes(rows).items():
            keys = self.surrogate.keys(bits)
            index = self._inverted(keys) if probes else None
            for speakers, ours in self._languages.groups(rows[places]):
                chosen = places[ours]
                queries = self.surrogate.queries[rows[chosen]]
                if index is None:
                    found = _flat(keys, queries, speakers, count + 1)
                else:
                    found = _in_lists(index, queries, speakers, count + 1, probes)
                proposals[chosen] = _others(found, rows[chosen], count)
        return proposals

    def _inverted(self, keys: Block) -> faiss.Index:
        """Return everybody's keys in lists around centres, which are trained once on a sample."""
        import faiss

        if self._quantizer is None:
            self._quantizer = faiss.IndexFlatIP(keys.shape[1])
        index = faiss.IndexIVFFlat(self._quantizer, keys.shape[1], self._lists, faiss.METRIC_INNER_PRODUCT)
        index.own_fields = False
        if not self._quantizer.ntotal:
            index.cp.seed, index.cp.niter = 1, 8
            size = min(len(keys), _TRAINED_ON * self._lists)
            index.train(keys[np.sort(np.random.default_rng(1).choice(len(keys), size, replace=False))])
        index.is_trained = True
        index.add(keys)
        return index


def propose(scorer: Scorer, count: int, rows: Rows | None = None, *, threads: int | None = None) -> Proposals:
    """Return up to ``count`` others worth a closer look for each of ``rows`` (None: everybody), (r, count), -1 none."""
    return Retrieval(scorer, threads=threads).propose(count, rows)


def recall_of(scores: Block, worst: NDArray[np.float32], wanted: NDArray[np.intp]) -> float:
    """Return what part of the best is among ``scores`` (r, c); others who score the same are as good."""
    best = -np.sort(-scores, axis=1)[:, :BEST]
    hits = np.minimum((best >= worst[:, None]).sum(axis=1), wanted)
    return float(hits.sum() / max(wanted.sum(), 1))


class _Languages:
    """Who can talk with whom, for groups of people who speak the same."""

    def __init__(self, languages: NDArray[np.uint64]) -> None:
        self._sets, self._group = np.unique(languages, axis=0, return_inverse=True)
        self._group = self._group.ravel()

    def groups(self, rows: Rows) -> Iterator[tuple[NDArray[np.bool_] | None, Rows]]:
        """Yield who can talk with them, (n,) or None where everybody can, and the places in ``rows``."""
        mine = self._group[rows]
        for group in np.unique(mine):
            understood = (self._sets & self._sets[group]).any(axis=1)
            speakers = None if understood.all() else understood[self._group]
            yield speakers, np.flatnonzero(mine == group)


def _in_lists(
    index: faiss.Index, queries: Block, speakers: NDArray[np.bool_] | None, count: int, probes: int
) -> NDArray[np.int64]:
    import faiss

    chosen = {}
    if speakers is not None:
        chosen["sel"] = faiss.IDSelectorBitmap(np.packbits(speakers, bitorder="little"))
    found: NDArray[np.int64] = index.search(
        queries, count, params=faiss.SearchParametersIVF(nprobe=probes, **chosen)
    )[1]
    return found


def _flat(keys: Block, queries: Block, speakers: NDArray[np.bool_] | None, count: int) -> NDArray[np.int64]:
    import faiss

    among = None if speakers is None else np.flatnonzero(speakers)
    index = faiss.IndexFlatIP(keys.shape[1])
    index.add(keys if among is None else keys[among])
    found = np.concatenate(
        [
            index.search(queries[start : start + _FLAT_ROWS], count)[1]
            for start in range(0, len(queries), _FLAT_ROWS)
        ]
    )
    if among is None:
        return found
    return np.where(found >= 0, among[found], -1)


def _others(found: NDArray[np.int64], rows: Rows, count: int) -> Proposals:
    """Drop each row itself, and close the gap."""
    others = np.where(found == rows[:, None], -1, found)
    order = np.argsort(others < 0, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(others, order, axis=1).astype(np.int32)
