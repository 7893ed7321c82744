"""Scores given pairs, with what is known of people's answers where there are any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .engine import Engine, pairs_of
from .kinds import DIRECTED, Kind
from .tables import Decision

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..engine.propensities import Propensities


def score_pairs(
    engine: Engine, kind: Kind, pairs: Sequence[tuple[str, str]], decisions: Sequence[Decision] = ()
) -> NDArray[np.float64]:
    """Return one score in [0, 1] per pair.

    With decisions, it is the probability of a yes: of ``a``'s where ``a`` is the seeker, of both otherwise. An answer
    that is known counts as given.
    """
    rows = engine.rows(pairs)
    scores = engine.score(kind, rows)
    if not decisions:
        return scores
    learnt = propensities(engine, kind, decisions)
    there = _answers(learnt, rows, scores, pairs, decisions)
    if kind in DIRECTED:
        return there
    back = _answers(learnt, rows[:, ::-1], scores, [(b, a) for a, b in pairs], decisions)
    both: NDArray[np.float64] = there * back
    return both


def propensities(engine: Engine, kind: Kind, decisions: Sequence[Decision]) -> Propensities:
    """Learn from decisions how choosy people are and how often they are chosen."""
    import numpy as np

    from ..engine.propensities import Decisions, learn_propensities

    rows = engine.rows(pairs_of(decisions))
    return learn_propensities(
        Decisions(
            people=len(engine.row_of),
            a=rows[:, 0],
            b=rows[:, 1],
            yes=np.array([decision.yes for decision in decisions]),
            evidence=engine.score(kind, rows),
        )
    )


def _answers(
    learnt: Propensities,
    rows: NDArray[np.intp],
    scores: NDArray[np.float64],
    pairs: Sequence[tuple[str, str]],
    decisions: Sequence[Decision],
) -> NDArray[np.float64]:
    import numpy as np

    given: Mapping[tuple[str, str], float] = {
        (decision.a, decision.b): float(decision.yes) for decision in decisions
    }
    guessed = learnt.yes(rows[:, 0], rows[:, 1], scores)
    return np.array([given.get(pair, guess) for pair, guess in zip(pairs, guessed.tolist(), strict=True)])
