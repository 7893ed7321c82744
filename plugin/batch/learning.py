"""Learns weights from decisions, and says what they are worth on people whom they have not seen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..domain.errors import ConfigurationError
from ..engine.kinds import KINDS, TERMS
from .attendees import People
from .engine import Engine, pairs_of
from .kinds import Kind
from .tables import Decision
from .weights import DOUBT

if TYPE_CHECKING:
    from ..engine.learning import Examples

FEWEST = 20
"""Decisions below which nothing is learnt."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Weights of one kind, and how they did: AUC per person out of the fold, beside that of the unlearnt ones."""

    kind: Kind
    weights: Mapping[str, float]
    auc: tuple[float, float, float]
    unlearnt_auc: tuple[float, float, float]
    gain: tuple[float, float, float]
    facts: Mapping[str, Any]

    def better(self) -> bool:
        """Whether the learnt weights did better than the unlearnt ones, beyond chance."""
        return self.gain[1] > 0


def learn(engine: Engine, kind: Kind, people: People, decisions: Sequence[Decision], *, folds: int) -> Lesson:
    """Learn the weights of a kind. Each figure is the mean over persons and its 95 % interval.

    Raises ``ConfigurationError`` when the decisions cannot teach anything.
    """
    yes = sum(decision.yes for decision in decisions)
    if len(decisions) < FEWEST or yes in {0, len(decisions)}:
        raise ConfigurationError(
            f"{len(decisions)} decisions with {yes} yes: learning needs at least {FEWEST}, and both yes and no"
        )
    import numpy as np

    from ..engine.learning import learn_weights, out_of_fold

    examples = _examples(engine, kind, decisions)
    start = np.array([KINDS[kind].terms.get(name, 0.0) for name in TERMS])
    doubt = KINDS[kind].doubt
    learnt = learn_weights(examples, start, doubt)
    report = out_of_fold(examples, start, doubt, folds=folds)
    weights = {name: round(float(weight), 6) for name, weight in zip(TERMS, learnt.weights, strict=True)}
    return Lesson(
        kind=kind,
        weights={**weights, DOUBT: round(learnt.doubt, 6)},
        auc=_figure(report.learnt),
        unlearnt_auc=_figure(report.unlearnt),
        gain=_figure(report.learnt - report.unlearnt),
        facts={
            "kind": kind, "attendees": len(people), "decisions": len(decisions), "yes": yes,
            "persons": len({decision.a for decision in decisions}), "folds": folds,
            "strength": learnt.strength, "space": engine.space,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    )  # fmt: skip


def _examples(engine: Engine, kind: Kind, decisions: Sequence[Decision]) -> Examples:
    import numpy as np

    from ..engine.learning import Examples

    rows = engine.rows(pairs_of(decisions))
    terms, known = engine.matcher.terms(kind, rows)
    return Examples(
        rows[:, 0], terms.astype(np.float64), known, np.array([decision.yes for decision in decisions])
    )


def _figure(values: Any) -> tuple[float, float, float]:
    from ..engine.evaluation import interval

    mean = float(values.mean()) if len(values) else math.nan
    return (mean, *interval(values))
