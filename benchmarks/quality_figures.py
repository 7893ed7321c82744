"""Takes figures with the data folder's own scorer, and compares two scorings person by person."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from . import quality_groups
from .quality_intervals import Difference, Figure, Floats, difference
from .quality_sets import EvaluationSet

__all__ = ["Difference", "Figure", "Floats", "Scorer", "difference"]


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
        """Return our scores in the order of the questions; whoever was not scored is last. Of groups: their numbers."""
        if of.kind == quality_groups.KIND:
            return quality_groups.read_groups(self._module, self.folder(of), path)
        given = self._module.read_scores(path)
        return np.array([given.get((a, b), -np.inf) for a, b, _ in self.questions(of)])

    def baseline(self, of: EvaluationSet, name: str) -> Floats:
        """Return the scores (of groups: their numbers) of ``random``, ``tfidf``, ``lsa`` or ``rule``."""
        if of.kind == quality_groups.KIND:
            return quality_groups.baseline_groups(self._module, self.folder(of), name)
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
        if of.kind == quality_groups.KIND:
            return quality_groups.group_figures(self._module, self.folder(of), scores)
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
