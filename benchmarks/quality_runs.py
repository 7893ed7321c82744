"""Runs the commands as an operator would, and hands back what they wrote."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .quality_figures import Scorer
from .quality_groups import KIND
from .quality_sets import EvaluationSet

FOLDS = 10


class CommandFailed(Exception):
    """A command of entremise ended otherwise than well; the message is what it said."""


class Runs:
    """The commands on the files of one data folder, writing into a folder of their own."""

    def __init__(self, scorer: Scorer, home: Path, encoder: str) -> None:
        self._scorer = scorer
        self._home = home
        self._encoder = encoder

    def score(self, of: EvaluationSet) -> Path:
        """Score (or group) what the set asks, with the decisions that it gives away; return the file."""
        folder, out = self._scorer.folder(of), self._home / f"{of.name}.csv"
        if of.kind == KIND:
            self._run("circle", _attendees(folder), "--sizes", folder / "sizes.json", "-o", out)
            return out
        more = ["--decisions", folder / of.decisions] if of.decisions else []
        self._run("score", _attendees(folder), self._pairs(of), "--kind", of.kind, "-o", out, *more)
        return out

    def score_learnt(self, of: EvaluationSet, *, with_decisions: bool) -> Iterator[Path]:
        """Leave whole persons out by turns: learn on the others, score those; yield ``FOLDS`` files.

        ``with_decisions`` lets the scores know what the others answered, too, as ``--decisions`` does.
        """
        folder = self._scorer.folder(of)
        asked = self._scorer.questions(of)
        persons = sorted({a for a, _, _ in asked})
        fold = dict(
            zip(persons, (np.random.default_rng(0).permutation(len(persons)) % FOLDS).tolist(), strict=True)
        )
        for number in range(FOLDS):
            known = _write(
                self._home / "known.csv",
                ("a", "b", "decision"),
                [(a, b, int(true > 0)) for a, b, true in asked if fold[a] != number],
            )
            pairs = _write(
                self._home / "left_out.csv", ("a", "b"), [(a, b) for a, b, _ in asked if fold[a] == number]
            )
            weights, out = self._home / "weights.json", self._home / "fold.csv"
            if not (learnt := self._home / f"{of.name}-{number}.json").exists():
                # Its own report is not used here: what counts are the persons left out above.
                self._run("learn", _attendees(folder), known, "--kind", of.kind, "-o", weights, "--folds", 2)
                weights.rename(learnt)
            more = ["--decisions", known] if with_decisions else []
            self._run(
                "score", _attendees(folder), pairs, "--kind", of.kind, "-o", out, "--weights", learnt, *more
            )
            yield out

    def _pairs(self, of: EvaluationSet) -> Path:
        if of.pairs is not None:
            return self._scorer.folder(of) / of.pairs
        path = self._home / f"{of.name}-pairs.csv"
        self._scorer.write_pairs(of, path)
        return path

    def _run(self, *words: object) -> Any:
        command = [
            sys.executable,
            "-m",
            "entremise.plugin.cli",
            *map(str, words),
            "--encoder",
            self._encoder,
            "--json",
        ]
        done = subprocess.run(
            command,
            env=os.environ | {"ENTREMISE_HOME": str(self._home)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CommandFailed(
                f"entremise {words[0]} ended with {done.returncode}: {done.stderr.strip()[-2000:]}"
            )
        return json.loads(done.stdout.splitlines()[-1])


def _attendees(folder: Path) -> Path:
    plain = folder / "attendees.jsonl"
    return plain if plain.exists() else folder / "attendees.jsonl.gz"


def _write(path: Path, heading: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([heading, *rows])
    return path
