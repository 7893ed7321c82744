"""Takes figures with the data folder's own scorer, and compares two scorings person by person."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .quality_sets import EvaluationSet

Floats = NDArray[np.float64]
DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with its 95 % interval, and what it was made of: one row a person, and how rows become a figure."""

    value: float
    low: float
    high: float
    rows: Floats
    of: Callable[[Floats], float]


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much one scoring is better or worse than another, with the 95 % interval of a paired bootstrap."""

    value: float
    low: float
    high: float

    def to_list(self) -> list[float]:
        """Return JSON-ready data."""
        return [round(self.value, 4), round(self.low, 4), round(self.high, 4)]


class Scorer:
    """The scorer that lies beside the data, imported from there."""

    def __init__(self, data: Path) -> None:
        """Raises ``FileNotFoundError`` when there is none."""
        path = data / "metrics.py"
        if not path.is_file():
            raise FileNotFoundError(path)
        spec = importlib.util.spec_from_file_location("evaluation_metrics", path)
        assert spec is not None
        assert spec.loader is not None
        self._module: ModuleType = importlib.util.module_from_spec(spec)
        before, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # the folder is for reading only
        try:
            spec.loader.exec_module(self._module)
        finally:
            sys.dont_write_bytecode = before
        self._data = data
        self._asked: dict[str, Any] = {}

    def folder(self, of: EvaluationSet) -> Path:
        return self._data / of.folder

    def questions(self, of: EvaluationSet) -> Any:
        """Return the pairs to rank and what is true of them."""
        if of.name not in self._asked:
            self._asked[of.name] = self._module.questions(of.scorer, self.folder(of))
        return self._asked[of.name]

    def write_pairs(self, of: EvaluationSet, path: Path) -> None:
        self._module.write_pairs(of.scorer, self.folder(of), path)

    def read(self, of: EvaluationSet, path: Path) -> Floats:
        """Return our scores in the order of the questions; whoever was not scored is last."""
        given = self._module.read_scores(path)
        return np.array([given.get((a, b), -np.inf) for a, b, _ in self.questions(of)])

    def baseline(self, of: EvaluationSet, name: str) -> Floats:
        """Return the scores of ``random``, ``tfidf``, ``lsa`` or ``rule``."""
        rows = self.questions(of)
        if name == "random":
            return np.random.default_rng(0).random(len(rows))
        if name == "rule":
            return np.asarray(self._module.rule_scores(of.scorer, self.folder(of), rows), dtype=np.float64)
        return np.asarray(self._module.text_scores(of.scorer, self.folder(of), rows, name), dtype=np.float64)

    def advice_rule_without_extra(self, of: EvaluationSet) -> Floats:
        """Return the plain rule of the advice set by the facets alone: same office, same practice, then the senior."""
        who = self._module.people(self.folder(of))
        return np.array(
            [
                (who[a]["organisation"] == who[b]["organisation"]) + (who[a]["sector"] == who[b]["sector"])
                + 0.01 * who[b]["seniority"]
                for a, b, _ in self.questions(of)
            ]
        )  # fmt: skip

    def figures(self, of: EvaluationSet, scores: Floats) -> Mapping[str, Figure]:
        """Return every figure that the scorer gives an interval for, with its rows."""
        taken: list[tuple[Floats, Callable[[Floats], float]]] = []
        module: Any = self._module
        interval = module.interval

        def recorded(rows: Any, of_rows: Callable[[Floats], float]) -> Any:
            taken.append((np.asarray(rows, dtype=np.float64), of_rows))
            return interval(rows, of_rows)

        module.interval = recorded
        try:
            made = module.FIGURES.get(of.scorer, module.person_figures)(self.questions(of), scores)
        finally:
            module.interval = interval
        names = [key.removesuffix("_95") for key in made if key.endswith("_95")]
        return {
            name: Figure(float(of_rows(rows)), *made[f"{name}_95"], rows, of_rows)
            for name, (rows, of_rows) in zip(names, taken, strict=True)
        }


def difference(ours: Figure, theirs: Figure, *, draws: int = DRAWS, seed: int = 0) -> Difference:
    """Return ours minus theirs. Each draw takes the same persons for both, so that hard persons do not blur it."""
    if len(ours.rows) != len(theirs.rows):
        raise ValueError("the figures are of different persons")
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(draws):
        persons = rng.integers(0, len(ours.rows), len(ours.rows))
        drawn.append(ours.of(ours.rows[persons]) - theirs.of(theirs.rows[persons]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Difference(ours.value - theirs.value, float(low), float(high))
