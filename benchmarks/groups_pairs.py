"""Mentors and mentees: how near to the optimum, how long against the dense solver, and how many pairs stay.

Protocol. People are ``crowds.resembling`` (seeded), those of them who stand highest are the mentors; who may be paired
is decided by the rules that always hold and a seniority gap of 1 where both are known. Both sides start from the same
stored vectors of texts and end with pairs:

- floor: all pairs scored by the engine's scorer in blocks of 512 mentees into one matrix, ruled-out pairs far below
  everything, one column per place of a mentor, ``scipy.optimize.linear_sum_assignment`` on it in float64;
- ours: the same scorer and the same blocks, candidates, sparse solutions, and the proof of the gap.

They take turns in one process, medians of ``rounds`` runs are compared, and the gap is taken against the floor's total
as the plain loops of ``checks.pairs`` count it. The dense solver's own seconds are given apart from those of scoring.
Who may be paired is said again there by plain loops over languages, ways to meet, roles, seniority, vetoes and who is
there: every pair of a plan, and all pairs of some mentees, must be judged alike by these and by the engine.

Stability: a plan for 1,000 mentees and 400 mentors is published, then 2 % of the people change (half of them have
other texts, a quarter cancels, a quarter is new), and it is made again with what was published. Counted are the pairs
of before whose people are both still there and may be paired.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import click
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from entremise.plugin.engine.crowd import Crowd
from entremise.plugin.engine.kinds import KINDS
from entremise.plugin.engine.mentorship import Wishes, pair
from entremise.plugin.engine.mentorship_candidates import AT_ONCE, Market
from entremise.plugin.engine.mentorship_optimum import Optimum, optimum
from entremise.plugin.engine.mentorship_rules import GroupRules, Programme
from entremise.plugin.engine.scoring import Scorer

from .checks import pairs as checks
from .crowds import resembling

Rows = NDArray[np.intp]
_FAR_BELOW = -1e4
CHANGED = 0.02
GAP = 1
COMPARED = 300
"""Mentees, drawn from a seed, of whom every pair is judged again by plain rules."""


def figures(*, rounds: int = 5, say: Callable[[str], None] = print) -> dict[str, float]:
    """Return all figures of this part; takes some minutes."""
    found: dict[str, float] = {}
    small = _sides(_people(1000, 500, seed=1), 1000, np.random.default_rng(1).integers(1, 4, 500), 1)
    found["mentorship_gap_500"] = small["gap"]
    say(
        f"500 mentors × 1,000 mentees: gap {small['gap']:.2e} of the dense optimum, proved within {small['proved']:.2e}"
    )
    large = _sides(_people(6000, 2000, seed=0), 6000, np.full(2000, 3), rounds)
    found["mentorship_gap_6000"] = large["gap"]
    found["mentorship_time_ratio"] = round(large["seconds"] / large["floor"], 3)
    found["mentorship_solving_ratio"] = round(
        (large["seconds"] - large["scoring"]) / (large["floor"] - large["scoring"]), 3
    )
    say(
        f"2,000 mentors (3 places) × 6,000 mentees: {large['seconds']:.1f} s over {large['floor']:.1f} s"
        f" (scoring is {large['scoring']:.1f} s of both), gap {large['gap']:.2e}, proved within {large['proved']:.2e}"
    )
    found |= stability(say=say)
    return found


def stability(*, say: Callable[[str], None] = print) -> dict[str, float]:
    """Return how many published pairs stay when 2 % of the people change, and what that costs."""
    mentees, mentors = 1000, 400
    before = _people(mentees, mentors, seed=3)
    capacities = np.random.default_rng(3).integers(1, 4, mentors)
    published = pair(_programme(before, mentees), mentees, capacities).pairs
    after, there = _changed(before, np.random.default_rng(4))
    pool = _programme(after, mentees, there)
    capacities = capacities * there[mentees:]
    plan = pair(pool, mentees, capacities, Wishes(kept=published))
    told = plan.stability
    assert told is not None
    possible = _possible(pool, mentees)
    allowed = _by_rules(after, mentees, possible, there)
    as_pairs = [[(int(a), int(b)) for a, b in rows] for rows in (published, plan.pairs)]
    stay = checks.staying(*as_pairs, allowed)
    _keep_rules(as_pairs[1], capacities, allowed)
    lost = told.worth / told.best
    say(
        f"after {CHANGED:.0%} of people changed: {stay:.2%} of {told.before} published pairs stay"
        f" ({told.kept_without / told.before:.2%} without the bonus); worth given up: {lost:.2%}"
    )
    return {
        "stability_pairs_kept": round(stay, 4), "stability_pairs_kept_without_bonus": round(told.kept_without / told.before, 4),
        "stability_pairs_objective_lost": round(lost, 5),
    }  # fmt: skip


def _sides(crowd: Crowd, mentees: int, capacities: Rows, rounds: int) -> dict[str, float]:
    seconds: list[float] = []
    floors: list[float] = []
    scorings: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        matrix = _matrix(_programme(crowd, mentees), mentees, len(capacities))
        scorings.append(time.perf_counter() - began)
        dense = _dense(matrix, capacities)
        floors.append(time.perf_counter() - began)
        began = time.perf_counter()
        pool = _programme(crowd, mentees)
        found: Optimum = optimum(Market(pool.values, mentees, len(capacities)), capacities)
        seconds.append(time.perf_counter() - began)
    ours = [(int(mentee), int(mentor)) for mentee, mentor in found.pairs]
    allowed = _by_rules(crowd, mentees, matrix >= 0)
    for plan in (ours, dense):
        _keep_rules(plan, capacities, allowed)
    if len(ours) != len(dense):
        raise AssertionError(f"{len(ours)} pairs, and there could be {len(dense)}")
    best, reached = (
        checks.worth(pairs, lambda mentee, mentor: float(matrix[mentee, mentor])) for pairs in (dense, ours)
    )
    return {
        "gap": max(0.0, best - reached) / best, "proved": found.gap, "seconds": statistics.median(seconds),
        "floor": statistics.median(floors), "scoring": statistics.median(scorings),
    }  # fmt: skip


def _by_rules(
    crowd: Crowd, mentees: int, possible: NDArray[np.bool_], there: NDArray[np.bool_] | None = None
) -> Callable[[int, int], bool]:
    """Return who may be paired by plain rules; raises ``AssertionError`` where the engine says otherwise."""
    people = _plainly(crowd, mentees, there)
    mentors = people[mentees:]
    some = np.random.default_rng(7).permutation(mentees)[:COMPARED].tolist()
    wrong = checks.disagreeing(some, people, mentors, lambda one, other: bool(possible[one, other]), gap=GAP)
    if wrong:
        raise AssertionError(wrong[:3])
    return lambda mentee, mentor: not checks.in_the_way(people[mentee], mentors[mentor], gap=GAP)


def _keep_rules(plan: list[tuple[int, int]], capacities: Rows, allowed: Callable[[int, int], bool]) -> None:
    wrong = checks.broken(plan, capacities=capacities.tolist(), allowed=allowed)
    if wrong:
        raise AssertionError(wrong[:3])


def _plainly(crowd: Crowd, mentees: int, there: NDArray[np.bool_] | None) -> list[checks.Person]:
    """Return what the crowd's arrays say of each person, in plain words."""
    vetoes: list[set[int]] = [set() for _ in range(len(crowd))]
    for one, other in crowd.vetoes.tolist():
        vetoes[one].add(other)
        vetoes[other].add(one)
    people = []
    for number in range(len(crowd)):
        words = [int(word) for word in crowd.languages[number]]
        channels, seniority = int(crowd.channels[number]), int(crowd.seniority[number])
        people.append(
            checks.Person(
                number=number,
                roles=frozenset(("mentee",) if number < mentees else ("mentor",)),
                languages=frozenset(
                    64 * at + bit for at, word in enumerate(words) for bit in range(64) if word >> bit & 1
                ),
                ways=frozenset(way for flag, way in ((1, "on_site"), (2, "remote")) if channels & flag),
                seniority=None if seniority < 0 else seniority,
                vetoes=frozenset(vetoes[number]),
                here=there is None or bool(there[number]),
            )
        )
    return people


def _dense(matrix: NDArray[np.float32], capacities: Rows) -> list[tuple[int, int]]:
    places = np.repeat(np.arange(len(capacities)), capacities)
    expanded = np.where(matrix >= 0, matrix.astype(np.float64), _FAR_BELOW)[:, places]
    rows, columns = linear_sum_assignment(expanded, maximize=True)
    made = expanded[rows, columns] >= 0
    return [(int(a), int(b)) for a, b in zip(rows[made], places[columns[made]], strict=True)]


def _matrix(pool: Programme, mentees: int, mentors: int) -> NDArray[np.float32]:
    matrix = np.empty((mentees, mentors), dtype=np.float32)
    for start in range(0, mentees, AT_ONCE):
        rows = np.arange(start, min(start + AT_ONCE, mentees))
        matrix[rows] = pool.values(rows)
    return matrix


def _possible(pool: Programme, mentees: int) -> NDArray[np.bool_]:
    return _matrix(pool, mentees, len(pool.mentors)) >= 0


def _people(mentees: int, mentors: int, *, seed: int) -> Crowd:
    """Return a crowd whose last people stand highest: they are the mentors."""
    crowd = resembling(mentees + mentors, seed=seed)
    drawn = crowd.seniority + np.random.default_rng(seed).random(len(crowd))
    return crowd.among(np.argsort(drawn, kind="stable"))


def _programme(crowd: Crowd, mentees: int, there: NDArray[np.bool_] | None = None) -> Programme:
    scorer = Scorer(crowd, KINDS["mentorship"])
    return Programme(
        scorer, np.arange(mentees), np.arange(mentees, len(crowd)), GroupRules(seniority_gap=GAP),
        paused=None if there is None else ~there,
    )  # fmt: skip


def _changed(crowd: Crowd, random: np.random.Generator) -> tuple[Crowd, NDArray[np.bool_]]:
    """Return the people after the change, in their places, and who of them is there.

    Who is new takes the place of one who cancelled: same role, everything else is somebody else's.
    """
    people = len(crowd)
    changing = random.permutation(people)[: round(CHANGED * people)]
    half, quarter = len(changing) // 2, len(changing) // 4
    others = resembling(len(changing), seed=99)
    both = Crowd(
        ids=np.concatenate([crowd.ids, others.ids]), items=np.concatenate([crowd.items, others.items]),
        counts=np.concatenate([crowd.counts, others.counts]),
        languages=np.concatenate([crowd.languages, others.languages]),
        channels=np.concatenate([crowd.channels, others.channels]),
        organisations=np.concatenate([crowd.organisations, others.organisations]),
        sectors=np.concatenate([crowd.sectors, others.sectors]),
        seniority=np.concatenate([crowd.seniority, others.seniority]), vetoes=crowd.vetoes,
    )  # fmt: skip
    now = np.arange(people)
    now[changing[: half + quarter]] = people + np.arange(half + quarter)
    after = both.among(now)
    # Who changed their texts still speaks the same languages and stands where they stood.
    same = changing[:half]
    kept = {
        name: getattr(after, name).copy() for name in ("languages", "channels", "organisations", "seniority")
    }
    for name, values in kept.items():
        values[same] = getattr(crowd, name)[same]
    there = np.ones(people, dtype=np.bool_)
    there[changing[half + quarter :]] = False
    return replace(after, **kept), there


@click.command("groups-pairs")
@click.option(
    "--rounds", default=5, show_default=True, help="How often both sides take turns at 2,000 × 6,000."
)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on the last line; all else goes to stderr."
)
def command(*, rounds: int, as_json: bool) -> None:
    """Measure the pairing of mentors and mentees."""
    found = figures(rounds=rounds, say=lambda line: click.echo(line, err=as_json))
    click.echo(json.dumps(found))


if __name__ == "__main__":
    command()
