"""How good it is for two people to meet: the terms of pairs, and the scores made of them.

Inner products are of whole numbers small enough for float32 to add exactly in any order, and everything after is
element by element in one order. A score is therefore the same to the bit whether it was asked for alone, among a
few candidates, or with everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .crowd import Crowd, View, view
from .encoding import scales
from .kinds import TERMS, Weights
from .likeness import Block, cosines, products, sharpened, softly, worth
from .rules import Columns, Flags, Rows, Rules, ruled_out, seen, width_of

IMPOSSIBLE = np.float32(-1.0)
STEPS = np.float32(5.0)
"""Steps of seniority from a student to an executive."""
_TINY = np.float32(1e-6)


@dataclass(frozen=True, slots=True)
class _Term:
    """Values (rows, columns) of one term, and where both sides told enough to know it."""

    value: Block
    known: Flags


class Scorer:
    """Scores of a crowd for one kind of acquaintance. Nothing of size n × n is ever held."""

    def __init__(
        self,
        crowd: Crowd,
        weights: Weights,
        *,
        colleagues: float = 1.0,
        rules: Rules | None = None,
        looked: View | None = None,
    ) -> None:
        """``colleagues`` multiplies scores within one organisation; ``looked`` is the crowd's view where it is known."""
        self.crowd = crowd
        self.weights = weights
        self.rules = rules or Rules()
        self.view: View = looked or view(crowd, weights.seek, weights.about, weights.give)
        self._colleagues = np.float32(colleagues)
        self._seek_scale = scales(self.view.seek)
        self._about_scale = scales(self.view.about)
        self._give_scale = [scales(slot) for slot in self.view.gives]
        counts = np.zeros(len(crowd), dtype=np.float32)
        for who in self.view.givers:
            counts[who] += 1
        self._gives = counts
        self._float: dict[str, Block] = {}

    def __len__(self) -> int:
        return len(self.crowd)

    @property
    def symmetric(self) -> bool:
        """Whether a score is the same from either side."""
        return self.weights.mutual and self.rules.ahead is None

    def of(self, crowd: Crowd, looked: View) -> Scorer:
        """Return the scorer of another crowd, seen as given, that weighs as this one does."""
        return Scorer(
            crowd, self.weights, colleagues=float(self._colleagues), rules=self.rules, looked=looked
        )

    def scores(self, rows: Rows, columns: Columns | None = None) -> Block:
        """Return scores of ``rows`` (r,) with ``columns`` (r, c), -1 where nobody, or with everybody or a slice of them.
        Mutual kinds give the geometric mean of both directions, others what the row gains. ``IMPOSSIBLE`` where the
        hard rules forbid it.
        """
        columns = slice(None) if columns is None else columns
        terms, mirrored = self._both(rows, columns)
        shape = (len(rows), width_of(len(self), columns))
        out = self._weighed(terms, shape)
        if self.weights.mutual:
            out *= self._weighed(mirrored, shape)
            np.sqrt(out, out=out)
        lead = terms.get(self.weights.lead)
        if lead is not None:
            faint = lead.value < self.weights.least
            out[~lead.known | faint] = IMPOSSIBLE
        if self._colleagues != 1.0:
            mine, theirs = seen(self.crowd.organisations, rows, columns)
            np.multiply(out, self._colleagues, out=out, where=(mine == theirs) & (mine >= 0) & (out > 0))
        out[self.ruled_out(rows, columns)] = IMPOSSIBLE
        return out

    def worth_of(self, rows: Rows) -> Block:
        """Return what ``rows`` are worth to everybody, (r, n): ``scores`` the other way round."""
        if self.symmetric:
            return self.scores(rows)
        found = np.empty((len(rows), len(self)), dtype=np.float32)
        for part in blocks(len(self), 4096):
            found[:, part] = self.scores(part, np.broadcast_to(rows, (len(part), len(rows)))).T
        return found

    def directed(self, rows: Rows, columns: Columns | None = None) -> tuple[Block, Block]:
        """Return what ``columns`` are worth to ``rows``, and the other way round, before any rule: both in [0, 1]."""
        columns = slice(None) if columns is None else columns
        terms, mirrored = self._both(rows, columns)
        shape = (len(rows), width_of(len(self), columns))
        out = self._weighed(terms, shape)
        return out, self._weighed(mirrored, shape) if self.weights.mutual else out

    def terms(self, mine: Rows, theirs: Rows) -> tuple[Block, Flags]:
        """Return every term of k directed pairs, (k, TERMS), and whether it is known; whatever it weighs."""
        found, _ = self._both(mine, theirs[:, None], every=True)
        values = np.zeros((len(mine), len(TERMS)), dtype=np.float32)
        known = np.zeros(values.shape, dtype=np.bool_)
        for place, name in enumerate(TERMS):
            term = found[name]
            known[:, place] = term.known[:, 0]
            values[:, place] = np.where(known[:, place], term.value[:, 0], np.float32(0))
        return values, known

    def shares(self, mine: Rows, theirs: Rows) -> Block:
        """Return each term's part of the directed scores of k pairs, (k, TERMS): rows sum to the score."""
        values, known = self.terms(mine, theirs)
        weights = np.array([self.weights.terms.get(name, 0.0) for name in TERMS], dtype=np.float32)
        evidence = np.float32(self.weights.doubt) + (known * weights).sum(axis=1, dtype=np.float32)
        parts: Block = values * weights / evidence[:, None]
        return parts

    def leading(self, rows: Rows, columns: Rows) -> NDArray[np.int8]:
        """Return the term that tells most of each of ``columns`` (r, c), as its place in ``TERMS``, (2, r, c).

        First seen from the rows, then from the columns; -1 where no term tells anything.
        """
        codes = np.full((2, *columns.shape), -1, dtype=np.int8)
        # A kind with a direction weighs what the column needs only when seen from there.
        ways = self._both(rows, columns, every=not self.weights.mutual)
        for found, terms in zip(codes, ways, strict=True):
            most = np.zeros(columns.shape, dtype=np.float32)
            for place, name in enumerate(TERMS):
                weight = np.float32(self.weights.terms.get(name, 0.0))
                if not weight:
                    continue
                term = terms[name]
                part = term.value * weight
                part *= term.known
                found[part > most] = place
                np.maximum(most, part, out=most)
        return codes

    def ruled_out(self, rows: Rows, columns: Columns | None = None) -> Flags:
        """Return where rows may not meet columns (nobody where a column is -1), whatever the score."""
        return ruled_out(self.crowd, self.rules, rows, columns)

    def forget(self) -> None:
        """Give back the memory that comparing with everybody takes; it is taken again when needed."""
        self._float.clear()

    def _both(
        self, rows: Rows, columns: Columns, *, every: bool = False
    ) -> tuple[dict[str, _Term], dict[str, _Term]]:
        """Return the terms seen from the rows, and seen from the columns; those that weigh nothing are left out."""
        wanted = {name for name in TERMS if every or self.weights.terms.get(name)}
        terms: dict[str, _Term] = {}
        if wanted & {"need_offer"} or (self.weights.mutual and "offer_need" in wanted):
            terms["need_offer"] = self._met(rows, columns)
        if "offer_need" in wanted or (self.weights.mutual and "need_offer" in wanted):
            terms["offer_need"] = self._meets(rows, columns)
        if "about" in wanted:
            terms["about"] = self._about(rows, columns)
        for name, codes in (("organisation", self.crowd.organisations), ("sector", self.crowd.sectors)):
            if name in wanted:
                mine, theirs = seen(codes, rows, columns)
                same = mine == theirs
                terms[name] = _Term(same.astype(np.float32), (mine >= 0) & (theirs >= 0))
        mirrored = dict(terms)
        if "need_offer" in terms and "offer_need" in terms:
            mirrored["need_offer"], mirrored["offer_need"] = terms["offer_need"], terms["need_offer"]
        if wanted & {"seniority_near", "seniority_ahead"}:
            mine, theirs = seen(self.crowd.seniority, rows, columns)
            known = (mine >= 0) & (theirs >= 0)
            gap = theirs.astype(np.float32) - mine.astype(np.float32)
            apart: Block = np.abs(gap)
            near = _Term(np.float32(1.0) - apart / STEPS, known)
            terms["seniority_near"] = mirrored["seniority_near"] = near
            half = gap / (2 * STEPS)
            terms["seniority_ahead"] = _Term(np.float32(0.5) + half, known)
            mirrored["seniority_ahead"] = _Term(np.float32(0.5) - half, known)
        return terms, mirrored

    def _weighed(self, terms: dict[str, _Term], shape: tuple[int, int]) -> Block:
        score = np.zeros(shape, dtype=np.float32)
        evidence = np.full(shape, self.weights.doubt, dtype=np.float32)
        for name in TERMS:
            weight = np.float32(self.weights.terms.get(name, 0.0))
            if not weight:
                continue
            term = terms[name]
            known = term.known * weight
            score += term.value * known
            evidence += known
        score /= np.maximum(evidence, _TINY)
        return score

    def _met(self, rows: Rows, columns: Columns) -> _Term:
        """Return how well what the columns give meets what the rows seek."""
        seek = self.view.seek[rows].astype(np.float32)
        scale = self._seek_scale[rows]
        shape = (len(rows), width_of(len(self), columns))
        total = np.zeros(shape, dtype=np.float32)
        first = columns.indices(len(self))[0] if isinstance(columns, slice) else 0
        for slot, (who, back) in enumerate(zip(self.view.givers, self.view.slot_of, strict=True)):
            if isinstance(columns, slice):
                start, end = np.searchsorted(who, [first, first + shape[1]])
                alike = self._as_float(f"gives{slot}", self.view.gives[slot])[start:end]
                part = cosines(seek @ alike.T, scale[:, None], self._give_scale[slot][None, start:end])
                part = sharpened(part)
                if end - start == shape[1]:
                    total += part
                else:
                    total[:, who[start:end] - first] += part
            else:
                place = np.where(columns >= 0, back[columns], -1)
                row, column = np.nonzero(place >= 0)
                found = place[row, column]
                part = cosines(
                    products(self.view.gives[slot], found, seek, row),
                    scale[row],
                    self._give_scale[slot][found],
                )
                total[row, column] += sharpened(part)
        counts = seen(self._gives, rows, columns)[1]
        known = (scale[:, None] > 0) & (counts > 0)
        return _Term(worth(softly(total, counts, known)), known)

    def _meets(self, rows: Rows, columns: Columns) -> _Term:
        """Return how well what the rows give meets what the columns seek."""
        shape = (len(rows), width_of(len(self), columns))
        total = np.zeros(shape, dtype=np.float32)
        scale = seen(self._seek_scale, rows, columns)[1]
        slots = [back[rows] for back in self.view.slot_of]
        if isinstance(columns, slice):
            seek = self._as_float("seek", self.view.seek)[columns]
        else:
            # All that rows give at once, so that what the columns seek is read once.
            gives = np.zeros((len(rows), len(slots), self.view.seek.shape[1]), dtype=np.float32)
            for slot, place in enumerate(slots):
                gives[place >= 0, slot] = self.view.gives[slot][place[place >= 0]]
            theirs = self.view.seek.take(columns, axis=0).astype(np.float32)
            dots = np.matmul(gives, theirs.transpose(0, 2, 1))
        for slot, place in enumerate(slots):
            has = np.flatnonzero(place >= 0)
            if not len(has):
                break
            if isinstance(columns, slice):
                give = self.view.gives[slot][place[has]].astype(np.float32)
                part = cosines(give @ seek.T, scale, self._give_scale[slot][place[has]][:, None])
            else:
                part = cosines(dots[has, slot], scale[has], self._give_scale[slot][place[has]][:, None])
            if len(has) == len(rows):
                total += sharpened(part)
            else:
                total[has] += sharpened(part)
        counts = self._gives[rows][:, None]
        known = (scale > 0) & (counts > 0)
        return _Term(worth(softly(total, counts, known)), known)

    def _about(self, rows: Rows, columns: Columns) -> _Term:
        mine = self.view.about[rows].astype(np.float32)
        scale = self._about_scale
        if isinstance(columns, slice):
            dots = mine @ self._as_float("about", self.view.about)[columns].T
        else:
            dots = np.matmul(self.view.about.take(columns, axis=0).astype(np.float32), mine[:, :, None])[
                :, :, 0
            ]
        here, there = seen(scale, rows, columns)
        return _Term(worth(cosines(dots, here, there)), (here > 0) & (there > 0))

    def _as_float(self, name: str, rows: NDArray[np.int8]) -> Block:
        """Keep what everybody is compared with as float32: converting it anew for each block costs more."""
        if name not in self._float:
            self._float[name] = rows.astype(np.float32)
        return self._float[name]


def blocks(count: int, size: int = 128) -> Sequence[Rows]:
    """Split ``count`` rows into blocks whose scores with thousands of others fit a processor's cache."""
    return [np.arange(start, min(start + size, count)) for start in range(0, count, size)]
