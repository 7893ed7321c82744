"""Table plans, measured: the published instance, the social golfer, and a gala of a thousand with a known optimum.

``figures()`` is the part of ``groups`` that is about seating; every plan is checked and scored again from outside.

Any plan of the gala is worth something: guests drawn by lot reach a good half of the planted optimum. ``seating_1000_ratio``
is therefore told beside ``seating_1000_random``, the same ratio of such a plan, and ``seating_1000_span``, the part of the
way from there to the optimum. Seats kept are counted once where all tables are full, so that who comes can only take the
seat of who goes, and once where a tenth of the seats is spare; ``stability_seats_kept`` is the lower of the two.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from entremise.plugin.engine.seating import Apart, Pin, Seating, Seats, Together, seat

from .checks.seating import broken_rules, repeats, worth

GUESTS, TABLES, SEATS = 1_000, 100, 10
RULES = {"together": 15, "apart": 20, "pins": 14}
"""Beside one rule more: a host at each table."""
SEEDS = (1, 2, 3)
INTERESTS = 3
CHANGED = 0.02
SPARE_SEED = 4
DRAWN = 5
"""Plans drawn by lot of which the mean is told."""
MINUTE = 60.0


def figures(*, data: str | None = None, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Return all figures. ``data``: the folder with the published instance, else ``ENTREMISE_EVALUATION_DATA``."""
    published = _published(data or os.environ.get("ENTREMISE_EVALUATION_DATA", ""))
    return {**published, **_golfer(), **_gala(say)}


def _published(data: str) -> dict[str, Any]:
    """Seat the 17 guests with at least 1, 2 and 3 acquaintances each."""
    path = Path(data) / "seating_17" / "instance.json"
    if not data or not path.is_file():
        return {f"seating_17_min{least}": "no data" for least in (1, 2, 3)}
    told = json.loads(path.read_text())
    affinity = np.array(told["affinity"], dtype=np.float32)
    found: dict[str, Any] = {}
    for least in (1, 2, 3):
        problem = {
            "guests": len(affinity), "seats": [told["capacity"]] * told["tables"], "minimum": least,
            "affinity": told["affinity"],
        }  # fmt: skip
        plan = seat(
            Seating(
                worth=affinity,
                seats=np.full(told["tables"], told["capacity"]),
                minimum=np.full(len(affinity), least),
            )
        )
        found[f"seating_17_min{least}"] = _said(plan) if plan.cause else _checked(problem, plan)
    return found


def _said(plan: Seats) -> str:
    """Return what contradicts itself, as one line."""
    assert plan.cause is not None
    kinds = sorted({rule.kind for rule in plan.cause.rules})
    proved = "impossible" if plan.cause.proved else "not found"
    guests = ",".join(map(str, plan.cause.guests))
    return f"{proved}: {' + '.join(kinds)} of guests {guests}"


def _golfer() -> dict[str, Any]:
    """Return for how many meals 16 people at four tables of four were seated with no pair twice (asked: 5)."""
    plan = seat(
        Seating(worth=np.zeros((16, 16), dtype=np.float32), seats=np.full(4, 4), meals=5, repeats="never")
    )
    problem = {"guests": 16, "seats": [4] * 4, "meals": 5}
    good = plan.cause is None and not broken_rules(problem, _plain(plan)) and not repeats(_plain(plan))
    return {"golfer_rounds": 5 if good else 0}


def _gala(say: Callable[[str], None]) -> dict[str, Any]:
    """Seat a thousand on seeded instances, then again after some guests were replaced."""
    ratios, drawn, spans, seconds, kept, lost, begun = [], [], [], [], [], [], []
    for seed in SEEDS:
        asked, problem, best = gala(seed)
        told: list[float] = []
        start = time.perf_counter()
        plan = seat(asked, seed=seed, progress=told.append)
        seconds.append(time.perf_counter() - start)
        begun.append(len(told))
        reached, lot = _checked(problem, plan), _by_lot(problem, seed)
        ratios.append(reached / best)
        drawn.append(lot / best)
        spans.append((reached - lot) / (best - lot))
        share, cost = _again(asked, problem, plan, seed)
        kept.append(share)
        lost.append(cost)
        say(
            f"gala {seed}: {ratios[-1]:.4f} of the optimum in {seconds[-1]:.0f} s (by lot {drawn[-1]:.3f}); "
            f"{share:.2%} of seats stay, {cost:.2%} of worth lost"
        )
    asked, problem, _ = gala(SPARE_SEED, spare=SEATS // 10)
    spare, cost = _again(asked, problem, seat(asked, seed=SPARE_SEED), SPARE_SEED)
    say(f"gala with spare seats: {spare:.2%} of seats stay, {cost:.2%} of worth lost")
    return {
        "seating_1000_ratio": min(ratios), "seating_1000_random": max(drawn), "seating_1000_span": min(spans),
        "seating_1000_seconds": max(seconds), "seating_1000_within_minute": max(seconds) <= MINUTE,
        "seating_1000_progress": min(begun), "stability_seats_kept": min(*kept, spare),
        "stability_seats_kept_full": min(kept), "stability_seats_kept_spare": spare,
        "stability_seats_lost": max(*lost, cost),
    }  # fmt: skip


def _by_lot(problem: dict[str, Any], seed: int) -> float:
    """Return what plans are worth, on average, that fill the tables by lot and mind no other rule."""
    places = np.repeat(np.arange(len(problem["seats"])), problem["seats"])[: problem["guests"]]
    rng = np.random.default_rng(2_000 + seed)
    return float(np.mean([worth(problem, [rng.permutation(places).tolist()]) for _ in range(DRAWN)]))


def gala(seed: int, *, spare: int = 0) -> tuple[Seating, dict[str, Any], float]:
    """Return what is asked, the same for the checker, and the greatest worth there is.

    ``spare``: seats more at each table; the worth is then only that of the hidden plan, and others may be worth more.

    A pair is worth what the two add wherever they sit, less what it lacks of being at the hidden best tables, which are
    full: so every plan is worth the same, less what its pairs lack. What other pairs lack is random, less between tables of like interests: these lead astray.
    """
    rng = np.random.default_rng(seed)
    hidden = rng.permutation(np.repeat(np.arange(TABLES), SEATS))
    adds = rng.gamma(2.0, 0.2, GUESTS)
    # Tables are points of a space of interests: whoever is from a near one does nearly as well.
    points = rng.random((TABLES, INTERESTS))[hidden]
    apart_by = np.sqrt(np.square(points[:, None, :] - points[None, :, :]).sum(axis=2))
    lacks = apart_by * rng.uniform(0.1, 1.0, (GUESTS, GUESTS))
    lacks = np.triu(lacks, 1)
    lacks = (lacks + lacks.T) * (hidden[:, None] != hidden[None, :])
    worths = (adds[:, None] + adds[None, :] - lacks).astype(np.float32)
    np.fill_diagonal(worths, 0.0)
    at = [np.flatnonzero(hidden == table) for table in range(TABLES)]
    together = [
        rng.choice(at[table], 3, replace=False).tolist()
        for table in rng.permutation(TABLES)[: RULES["together"]]
    ]
    apart = []
    while len(apart) < RULES["apart"]:
        a, b = rng.integers(GUESTS, size=2).tolist()
        if hidden[a] != hidden[b]:
            apart.append((a, b))
    pins = [(guest, int(hidden[guest])) for guest in rng.permutation(GUESTS)[: RULES["pins"]].tolist()]
    hosts = [int(rng.choice(members)) for members in at]
    flags = np.zeros(GUESTS, dtype=bool)
    flags[hosts] = True
    asked = Seating(
        worth=worths, seats=np.full(TABLES, SEATS + spare), hosts=flags,
        together=[Together(tuple(rule)) for rule in together],
        apart=[Apart(a, b) for a, b in apart],
        pins=[Pin(guest, table) for guest, table in pins],
    )  # fmt: skip
    problem = {
        "guests": GUESTS, "seats": [SEATS + spare] * TABLES, "together": together, "apart": apart, "pins": pins,
        "hosts": set(hosts), "affinity": worths.tolist(),
    }  # fmt: skip
    return asked, problem, float(sum(worths[np.ix_(who, who)].sum(dtype=np.float64) for who in at) / 2)


def _again(asked: Seating, problem: dict[str, Any], plan: Seats, seed: int) -> tuple[float, float]:
    """Replace some guests who are in no rule; return the share of the others' seats kept, and what keeping them cost.

    The cost is the share of worth by which the plan falls short of one that is made anew.
    """
    rng = np.random.default_rng(1_000 + seed)
    bound = {guest for rule in problem["together"] for guest in rule} | {
        a for pair in problem["apart"] for a in pair
    }
    bound |= {guest for guest, _ in problem["pins"]} | problem["hosts"]
    free = np.array([guest for guest in range(GUESTS) if guest not in bound])
    new = rng.choice(free, int(CHANGED * GUESTS), replace=False)
    worths: NDArray[np.float32] = asked.worth.copy()
    for guest in new.tolist():  # somebody else comes: what of the old guest's table was good is so no more
        row = worths[guest, rng.permutation(GUESTS)]
        worths[guest], worths[:, guest], worths[guest, guest] = row, row, 0.0
    before = plan.tables.copy()
    before[:, new] = -1
    parts = {name: getattr(asked, name) for name in ("seats", "hosts", "together", "apart", "pins")}
    kept = seat(Seating(worth=worths, before=before, **parts), seed=seed)
    anew = seat(Seating(worth=worths, **parts), seed=seed)
    changed = {**problem, "affinity": worths.tolist()}
    value, best = _checked(changed, kept), _checked(changed, anew)
    seated = before[0] >= 0
    share = float((kept.tables[0] == before[0])[seated].mean())
    return share, 1.0 - value / best


def _checked(problem: dict[str, Any], plan: Seats) -> float:
    """Return the worth that the checker finds; what it finds broken ends the run."""
    broken = broken_rules(problem, _plain(plan))
    if broken:
        sys.exit(f"a table plan breaks rules: {broken[:5]}")
    return worth(problem, _plain(plan))


def _plain(plan: Seats) -> list[list[int | None]]:
    return [[None if table < 0 else int(table) for table in row] for row in plan.tables]


if __name__ == "__main__":
    for name, value in figures().items():
        sys.stdout.write(f"{name}: {value}\n")
