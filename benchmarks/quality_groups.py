"""Figures of groups: how many of a grouping's pairs the committee put together too, and how alike group members are.

Groups are one number per person, in ascending order of id. Plans and similarities are the data folder's own scorer's.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .quality_intervals import DRAWS, Figure, Floats

KIND = "circle"


def read_groups(module: ModuleType, folder: Path, path: Path) -> Floats:
    """Return the groups that a command wrote; who is in none has a group of their own."""
    with path.open(encoding="utf-8", newline="") as stream:
        given = {row["id"]: row["group"] for row in csv.DictReader(stream) if row["group"]}
    return _numbers(given, _plan(module, folder))


def baseline_groups(module: ModuleType, folder: Path, name: str) -> Floats:
    """Return the groups of the scorer's own baseline: random, or k-means of fixed sizes with swaps."""
    return _numbers(module.group_baseline(folder, name), _plan(module, folder))


def group_figures(module: ModuleType, folder: Path, groups: Floats) -> Mapping[str, Figure]:
    """Return ``pair_precision``, and ``similarity_ratio``: similarity within groups by that of the committee's.

    Intervals are bootstraps over persons, each with the pairs that they are in.
    """
    plan = _plan(module, folder)
    ids = sorted(plan)
    human = _numbers(plan, plan)
    who: Mapping[str, Any] = module.people(folder)
    matrix = module.vectors([who[person]["bio"] for person in ids], "tfidf")
    alike = (matrix @ matrix.T).toarray()
    ours, theirs = (_together(one) for one in (groups, human))
    of_committee = (alike * theirs).sum() / theirs.sum()
    rows = np.stack([ours.sum(axis=1), (ours & theirs).sum(axis=1), (ours * alike).sum(axis=1)], axis=1)
    return {
        "pair_precision": _figure(rows[:, :2]),
        "similarity_ratio": _figure(rows[:, [0, 2]] * [of_committee, 1.0]),
    }


def _plan(module: ModuleType, folder: Path) -> Mapping[str, str]:
    rows = module.table(module.find(folder, "groups.csv"))
    return {row["id"]: row["group"] for row in rows}


def _numbers(given: Mapping[str, str], plan: Mapping[str, str]) -> Floats:
    names = [given.get(person) or f"alone {person}" for person in sorted(plan)]
    return np.unique(names, return_inverse=True)[1].astype(np.float64)


def _together(groups: Floats) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = groups[:, None] == groups[None, :]
    np.fill_diagonal(same, val=False)
    return same


def _figure(rows: Floats) -> Figure:
    drawn = np.random.default_rng(0).integers(0, len(rows), (DRAWS, len(rows)))
    sums = rows[drawn].sum(axis=1)
    low, high = np.percentile(sums[:, 1] / sums[:, 0], [2.5, 97.5])
    return Figure(_share(rows), float(low), float(high), rows, _share)


def _share(rows: Floats) -> float:
    return float(rows[:, 1].sum() / rows[:, 0].sum())
