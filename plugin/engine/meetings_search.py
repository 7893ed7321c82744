"""Good plans for many meetings: what is worth most first, then moving others aside, then exact repair of small parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from .meetings_board import Board, Spot
from .meetings_exact import Model
from .meetings_rules import MeetingRules

Progress = Callable[[float], None]
"""Takes the share of the work that is done."""
PART = 48
"""Meetings that are placed anew together."""
_EFFORT_OF_PART = 0.25
_LOOKED_AT = 6
_PATIENCE = 20
"""Rounds without any gain after which more are not worth their time."""
_GRAIN = 1e-9
_TRIED = 40
"""Places that are tried for a meeting whose way has to be cleared."""


def fill(board: Board, order: Sequence[int], places: Places) -> None:
    """Put meetings on the board in this order, each where it takes least from the others."""
    for meeting in order:
        if board.at[meeting] is None:
            place = places.free(meeting)
            if place is not None:
                board.put(meeting, place)


class Places:
    """Where each meeting may be, as lists: dearest first, then early."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.rules: MeetingRules = board.rules
        self._of: dict[int, list[tuple[float, Spot]]] = {}

    def of(self, meeting: int) -> list[tuple[float, Spot]]:
        """Return gains and places, greatest gain first."""
        known = self._of.get(meeting)
        if known is None:
            gain = self.rules.gain(meeting)
            found = [(float(gain[place]), place) for place in self.rules.places(meeting)]
            known = self._of[meeting] = sorted(found, key=lambda option: -option[0])
        return known

    def gain(self, meeting: int) -> float:
        """Return what a meeting on the board is worth where it is; 0 where it is nowhere."""
        place = self.board.at[meeting]
        if place is None:
            return 0.0
        problem = self.rules.problem
        gain = float(problem.worth[meeting])
        if problem.previous is not None and problem.keep_bonus:
            slot, spot = problem.previous[meeting].tolist()
            if slot == place[0]:
                gain += problem.keep_bonus / (1 if spot == place[1] else 2)
        return gain

    def value(self) -> float:
        """Return what the whole board is worth."""
        return sum(self.gain(meeting) for meeting, place in enumerate(self.board.at) if place is not None)

    def free(self, meeting: int) -> Spot | None:
        """Return a place that is free; among those of greatest gain the spot that is emptiest."""
        board = self.board
        if board.at_limit(meeting):
            return None
        busy: dict[int, bool] = {}
        best: tuple[float, int] | None = None
        found: Spot | None = None
        for gain, place in self.of(meeting):
            if best is not None and gain < best[0]:
                break
            slot = place[0]
            if slot not in busy:
                busy[slot] = bool(board.busy(meeting, slot))
            if busy[slot] or not board.has_room(meeting, place) or board.late(meeting, place):
                continue
            load = board.load(place)
            if best is None or load < best[1]:
                best, found = (gain, load), place
        return found


def clear_the_way(board: Board, places: Places, meeting: int) -> bool:
    """Try to place a meeting by moving others elsewhere, or by dropping what is worth less.

    Return whether the board is worth more now; otherwise it is as it was.
    """
    options: list[tuple[float, int, Spot, set[int]]] = []
    for gain, place in places.of(meeting)[: 4 * _TRIED]:
        going = board.in_the_way(meeting, place)
        if going is not None and len(going) <= 3:
            lost = sum(places.gain(one) for one in going)
            options.append((lost - gain, len(options), place, going))
    options.sort()
    for balance, _, place, going in options[:_TRIED]:
        before = {one: board.take(one) for one in going}
        board.put(meeting, place)
        moved = _rehouse(
            board, places, sorted(before, key=lambda one: (-board.rules.problem.worth[one], one))
        )
        regained = sum(places.gain(one) for one in going)
        if regained > balance + _GRAIN:
            return True
        for one in moved:
            board.take(one)
        board.take(meeting)
        for one, where in before.items():
            assert where is not None
            board.put(one, where)
    return False


def _rehouse(board: Board, places: Places, meetings: Sequence[int]) -> list[int]:
    """Find other places for meetings; return those that have one."""
    placed = []
    for meeting in meetings:
        place = places.free(meeting)
        if place is not None:
            board.put(meeting, place)
            placed.append(meeting)
    return placed


def improve(
    board: Board, places: Places, *, rounds: int, seed: int, progress: Progress, enough: float
) -> None:
    """Place part after part anew, exactly, each around a meeting that is left over. Pins stay pins.

    Ends after ``rounds``, when the board is worth ``enough``, or when nothing was gained for long.
    """
    random = Random(seed)
    in_vain = 0
    for number, part in enumerate(_parts(board, random, rounds)):
        progress(number / rounds)
        worth = sum(map(places.gain, part))
        before = {meeting: board.take(meeting) for meeting in part}
        start = {meeting: place for meeting, place in before.items() if place is not None}
        model = Model(board, part, board.fixed & set(part))
        best = model.solve(effort=_EFFORT_OF_PART, seed=seed + number, first=start)
        for meeting, place in (start if best is None or best.value < worth else best.places).items():
            board.put(meeting, place)
        in_vain = 0 if best is not None and best.value > worth + _GRAIN else in_vain + 1
        if in_vain >= _PATIENCE or places.value() >= enough:
            break
    progress(1.0)


def _parts(board: Board, random: Random, rounds: int) -> Iterator[list[int]]:
    """Yield parts to be placed anew: a meeting that is left over, what is in its way, and so on outwards."""
    rules = board.rules
    possible = [one for one in range(len(board.at)) if rules.hopeless(one) is None]
    of_person: dict[int, list[int]] = {}
    for meeting in possible:
        for person in rules.members[meeting]:
            of_person.setdefault(person, []).append(meeting)
    for _ in range(rounds):
        waiting = [one for one in possible if board.at[one] is None]
        if not waiting:
            return
        worth = [rules.problem.worth[one] for one in waiting]
        part: dict[int, None] = dict.fromkeys(random.choices(waiting, worth))
        frontier = list(part)
        for meeting in frontier:
            if len(part) >= PART:
                break
            beside = [other for person in rules.members[meeting] for other in of_person[person]]
            beside += _in_the_way(board, meeting, random)
            for other in random.sample(beside, len(beside)):
                if other not in part and len(part) < PART:
                    part[other] = None
                    frontier.append(other)
        yield list(part)


def _in_the_way(board: Board, meeting: int, random: Random) -> list[int]:
    """Return meetings that hold some of the places that this one might have."""
    allowed = board.rules.places(meeting)
    places = random.sample(allowed, min(len(allowed), _LOOKED_AT))
    return sorted(
        {one for place in places for one in board.in_the_way(meeting, place) or () if one != meeting}
    )
