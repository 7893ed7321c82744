"""Makes a plan of meetings: exactly where there are few choices, otherwise well, with how far it may be from the best."""

from __future__ import annotations

import numpy as np

from .meetings import MeetingPlan, MeetingProblem
from .meetings_board import Board, Spot, replayed
from .meetings_bound import Relaxed, relaxed
from .meetings_causes import left_over, settle_pins
from .meetings_exact import Model
from .meetings_rules import MeetingRules
from .meetings_search import Places, Progress, clear_the_way, fill, improve

EXACT_UP_TO = 3_000
"""Choices (meeting, slot, spot) up to which the whole problem goes to the exact solver."""
ENOUGH = 0.002
"""A plan this close to the bound is not improved further."""
_EFFORT = 3.0
_ROUNDS = 60
_ALL = 1 - 1e-9
_PASSES = 2


def schedule(
    problem: MeetingProblem,
    *,
    seed: int = 0,
    effort: float = 1.0,
    exact_up_to: int = EXACT_UP_TO,
    progress: Progress = lambda _share: None,
) -> MeetingPlan:
    """Place what is worth most; the same for the same problem, seed and effort on any machine.

    ``effort`` multiplies how long it is searched, and up to what size exactly. ``progress`` hears the share done. Raises ``ImpossiblePins``.
    """
    rules = MeetingRules(problem)
    settled = settle_pins(rules, seed=seed)
    progress(0.05)
    ideal = relaxed(rules)
    best = ideal.bound
    progress(0.2)
    board = _started(rules, settled, ideal)
    places = Places(board)
    progress(0.3)
    if places.value() >= best * _ALL:
        return _plan(board, places, best, optimal=True)
    possible = [one for one in range(len(rules.members)) if places.of(one)]
    if sum(len(places.of(one)) for one in possible) <= exact_up_to * effort:
        first = {one: place for one, place in enumerate(board.at) if place is not None}
        model = Model(Board(rules), possible, board.fixed)
        found = model.solve(effort=_EFFORT * effort, seed=seed, first=first)
        if found is not None:
            if found.value > places.value():
                board = replayed(rules, found.places)
                places = Places(board)
            best = min(best, found.bound)
            if found.optimal:
                progress(1.0)
                return _plan(board, places, best, optimal=True)
    if places.value() < best * (1 - ENOUGH):
        improve(
            board,
            places,
            rounds=max(1, round(_ROUNDS * effort)),
            seed=seed,
            progress=lambda share: progress(0.3 + 0.7 * share),
            enough=best * (1 - ENOUGH),
        )
    fill(board, sorted(possible, key=lambda one: (-problem.worth[one], one)), places)
    return _plan(board, places, best, optimal=places.value() >= best * _ALL)


def _started(rules: MeetingRules, settled: dict[int, Spot], ideal: Relaxed) -> Board:
    """Return the better of two boards, both with the pins: one that follows the ideal, one that keeps what was.

    Then all that fits is added, dearest first, and others are moved aside for what is left.
    """
    boards = [replayed(rules, settled) for _ in range(2)]
    _follow(boards[0], ideal)
    _keep(boards[1])
    problem = rules.problem
    order = sorted(range(len(rules.members)), key=lambda one: (-problem.worth[one], one))
    best, most = boards[0], -1.0
    for board in boards:
        places = Places(board)
        fill(board, order, places)
        for _ in range(_PASSES):
            for meeting in order:
                if board.at[meeting] is None and places.of(meeting):
                    clear_the_way(board, places, meeting)
        fill(board, order, places)
        value = places.value()
        if value > most:
            best, most = board, value
        if value >= ideal.bound * (1 - ENOUGH):
            break
    return best


def _follow(board: Board, ideal: Relaxed) -> None:
    for meeting, slot, spots in ideal.guide:
        if board.at[meeting] is None:
            allowed = board.rules.allowed(meeting)[slot]
            gain = board.rules.gain(meeting)[slot]
            for spot in sorted(spots, key=lambda one: (-gain[one], board.load((slot, one)), one)):
                if allowed[spot] and board.fits(meeting, (slot, spot)):
                    board.put(meeting, (slot, spot))
                    break


def _keep(board: Board) -> None:
    problem = board.rules.problem
    if problem.previous is None:
        return
    for meeting in np.argsort(-problem.worth, kind="stable").tolist():
        slot, spot = problem.previous[meeting].tolist()
        if board.at[meeting] is not None or slot < 0 or spot < 0:
            continue
        if board.rules.allowed(meeting)[slot, spot] and board.fits(meeting, (slot, spot)):
            board.put(meeting, (slot, spot))


def _plan(board: Board, places: Places, best: float, *, optimal: bool) -> MeetingPlan:
    problem = board.rules.problem
    value = places.value()
    kept = moved = 0
    if problem.previous is not None:
        for place, before in zip(board.at, problem.previous.tolist(), strict=True):
            if place is not None and before[0] >= 0:
                kept += list(place) == before
                moved += list(place) != before
    return MeetingPlan(
        places=board.places(),
        worth=float(sum(problem.worth[one] for one, place in enumerate(board.at) if place is not None)),
        value=value,
        bound=max(value, best),
        optimal=optimal,
        left_over=left_over(board),
        kept=kept,
        moved=moved,
    )
