"""Circles: how many stay when people come and go, how long they take, and how like a committee's they are.

``python -m benchmarks.groups_circles`` prints them. Every plan goes through ``checks.circles``: sizes, a language and a way
to meet that all of a circle share, nobody twice with anybody in a rotation. What is compared with a committee's plan needs
the evaluation data, whose folder ``ENTREMISE_EVALUATION_DATA`` names.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from entremise.plugin.engine.circles import Circles, Wanted, form, traits
from entremise.plugin.engine.circles_free import form_free
from entremise.plugin.engine.circles_worth import circle_scorer, worth
from entremise.plugin.engine.crowd import Crowd

from .checks import circles as checks
from .crowds import resembling
from .quality import VARIABLE
from .quality_figures import Scorer
from .quality_runs import Runs
from .quality_sets import SETS

PEOPLE = 300
EFFORT = 0.5
"""Of the search. With five languages and two ways to meet, each exchange is priced for ten things to share: with twice the
people and the effort every plan uses up its seconds, so that figures would tell of the machine."""
SECONDS = 40.0
"""Each plan ends then, the first try of it at half, with the best there is."""
CHANGED = 0.02
_WAYS = {1: "on_site", 2: "remote", 3: "both"}
ROUNDS = 3
_SETS = ("epsa_groups_2019", "epsa_groups_2022")


def figures(*, people: int = PEOPLE, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Return all figures; those beside the committee's plans only where the evaluation data are given."""
    found = {**_stability(people, say), **_rotation(say)}
    if os.environ.get(VARIABLE):
        found |= _committee(say)
    return found


def _stability(people: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Change 2 % of the people (half leave and others come) and form circles again."""
    random = np.random.default_rng(0)
    crowd = resembling(people + round(CHANGED * people), seed=0)
    scorer = circle_scorer(crowd)
    near, speaks = worth(scorer), traits(crowd)
    here, later = np.arange(people), np.arange(people, len(crowd))
    began = time.perf_counter()
    say(f"circles of {people} …")
    first = _formed(crowd, here, _wanted(near, speaks, here))
    seconds = time.perf_counter() - began
    gone = random.choice(people, len(later), replace=False)
    after = np.append(np.delete(here, gone), later)
    before = np.full(len(crowd), -1, dtype=np.int32)
    before[here] = first.groups[0]
    say(f"circles of {people}: {seconds:.1f} s; {len(gone)} others come …")
    kept = _formed(crowd, after, _wanted(near, speaks, after, before[after]))
    say("the same from nothing …")
    anew = _formed(crowd, after, _wanted(near, speaks, after))
    stayed = (kept.groups[0] == before[after])[before[after] >= 0]
    lost = 1 - kept.worth / anew.worth
    again = checks.worth(near[np.ix_(after, after)].tolist(), kept.groups.tolist())
    if not np.isclose(again, kept.worth, rtol=1e-4):
        raise AssertionError(f"circles say that they are worth {kept.worth}, and they are {again}")
    say(
        f"circles of {people}: {seconds:.1f} s; {100 * CHANGED:.0f} % change: {100 * stayed.mean():.1f} % stay, "
        f"{100 * lost:.1f} % of worth lost, {len(kept.left_over)} left over"
    )
    return {
        f"circles_seconds_{people}": round(seconds, 2), "circles_kept": round(float(stayed.mean()), 4),
        "circles_worth_lost": round(float(lost), 4), "circles_left_over": len(kept.left_over),
    }  # fmt: skip


def _rotation(say: Callable[[str], None]) -> dict[str, Any]:
    """Form circles three times, none with a pair that met before; languages and ways to meet are left out of account."""
    crowd = resembling(60, seed=1)
    sizes = np.full(12, 5)
    speaks = np.zeros((60, 0), dtype=np.bool_)
    asked = Wanted(worth=worth(circle_scorer(crowd)), traits=speaks, least=sizes, most=sizes, rounds=ROUNDS)
    began = time.perf_counter()
    made = form(asked, seconds=SECONDS)
    if not made.causes:
        anybody: dict[str, dict[str, Any]] = {str(row): {"consent": {"groups": True}} for row in range(60)}
        _keep_rules(anybody, made, np.arange(60), sizes.tolist())
    say(f"rotation of 60 in {ROUNDS} rounds: {time.perf_counter() - began:.1f} s, {made.repeats} meet twice")
    return {"circles_rotation_repeats": made.repeats if not made.causes else None}


def _formed(crowd: Crowd, rows: Any, wanted: Wanted) -> Circles:
    """Return circles that the checker has looked at."""
    made = form_free(wanted, effort=EFFORT, seconds=SECONDS)
    _keep_rules(_plainly(crowd, rows), made, rows)
    return made


def _keep_rules(people: checks.People, made: Circles, rows: Any, sizes: Sequence[int] | None = None) -> None:
    """Raise ``AssertionError`` where the checker finds a rule broken."""
    placed = {
        (str(row), number): int(group)
        for number, one in enumerate(made.groups, start=1)
        for row, group in zip(rows.tolist(), one, strict=True)
        if group >= 0
    }
    wrong = checks.broken_rules(people, placed, sizes=sizes)
    if wrong or made.causes or not placed:
        raise AssertionError(f"circles break rules: {wrong[:3] or made.causes or 'there are none'}")


def _plainly(crowd: Crowd, rows: Any) -> dict[str, dict[str, Any]]:
    """Return what the crowd's arrays say of these people, as attendees stand in a file."""
    return {
        str(row): {
            "languages": [f"x{bit}" for bit in range(64) if int(crowd.languages[row, 0]) >> bit & 1],
            "mode": _WAYS[int(crowd.channels[row])],
            "consent": {"groups": True},
        }
        for row in rows.tolist()
    }


def _wanted(near: Any, speaks: Any, rows: Any, before: Any = None) -> Wanted:
    none = np.empty(0, dtype=np.intp)
    return Wanted(
        worth=near[np.ix_(rows, rows)], traits=speaks[rows], least=none, most=none,
        before=None if before is None else before[None],
    )  # fmt: skip


def _committee(say: Callable[[str], None]) -> dict[str, Any]:
    """Run the command on programmes whose panels are known, beside the baselines."""
    scorer = Scorer(Path(os.environ[VARIABLE]))
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="entremise-circles-") as home:
        runs = Runs(scorer, Path(home), os.environ.get("ENTREMISE_ENCODER", "default"))
        for name in _SETS:
            of = SETS[name]
            began = time.perf_counter()
            ours = scorer.figures(of, scorer.read(of, runs.score(of)))
            seconds = time.perf_counter() - began
            tfidf = scorer.figures(of, scorer.baseline(of, "tfidf"))
            for figure, one in ours.items():
                say(f"{name}: {figure} {one.value:.3f} (TF-IDF {tfidf[figure].value:.3f}), {seconds:.0f} s")
                found[f"{name}_{figure}"] = round(one.value, 4)
                found[f"{name}_{figure}_tfidf"] = round(tfidf[figure].value, 4)
            found[f"{name}_seconds"] = round(seconds, 1)
    return found


if __name__ == "__main__":
    print(json.dumps(figures()))
