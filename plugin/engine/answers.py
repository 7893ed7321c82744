"""Scores that know people's earlier answers: how good a pair is, turned into how likely a yes is."""

from __future__ import annotations

import numpy as np

from .likeness import Block
from .propensities import Propensities
from .rules import Columns, Flags, Rows
from .scoring import IMPOSSIBLE, Scorer


class AnswerScorer(Scorer):
    """Scores like another scorer, as the probability of a yes: of both where the kind is mutual, of the row's otherwise.

    The hard rules are the other one's; shares (and so reasons) are those of the score without answers.
    """

    def __init__(self, scorer: Scorer, learnt: Propensities) -> None:
        """``learnt`` was learnt with that scorer's scores as evidence, of the same people in the same rows."""
        super().__init__(scorer.crowd, scorer.weights, rules=scorer.rules)
        self._learnt = learnt

    def scores(self, rows: Rows, columns: Columns | None = None) -> Block:
        """Return probabilities as ``Scorer.scores`` returns scores."""
        evidence = super().scores(rows, columns)
        possible: Flags = evidence != IMPOSSIBLE
        a, b = np.broadcast_arrays(
            rows[:, None],
            columns
            if isinstance(columns, np.ndarray)
            else np.arange(len(self))[None, columns or slice(None)],
        )
        known = evidence.astype(np.float64)
        there = self._learnt.yes(a, b, known)
        likely = there * self._learnt.yes(b, a, known) if self.weights.mutual else there
        return np.where(possible, likely, IMPOSSIBLE).astype(np.float32)
