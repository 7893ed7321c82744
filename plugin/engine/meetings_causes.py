"""What stopped each meeting that is left over, and which pins cannot all be kept."""

from __future__ import annotations

from collections import Counter

from .meetings import NOWHERE, Cause, ImpossiblePins, LeftOver
from .meetings_board import Board, Spot
from .meetings_exact import Model
from .meetings_rules import MeetingRules

_EFFORT = 20.0


def left_over(board: Board) -> tuple[LeftOver, ...]:
    """Return every meeting that is nowhere, by row, with its cause as the board stands."""
    return tuple(_why(board, meeting) for meeting, place in enumerate(board.at) if place is None)


def settle_pins(rules: MeetingRules, *, seed: int = 0) -> dict[int, Spot]:
    """Return places that keep every pin, as if there were no other meetings. Raises ``ImpossiblePins``."""
    pinned = sorted(rules.problem.pins[:, 0].tolist())
    for meeting in pinned:
        found = rules.hopeless(meeting)
        if found is not None:
            raise ImpossiblePins(found.cause, (meeting,), found.person)
    places = _settled(rules, pinned, seed)
    if places is not None:
        return places
    clashing = pinned
    for meeting in pinned:  # what can be left out of a clash without ending it is no part of it
        fewer = [one for one in clashing if one != meeting]
        if _settled(rules, fewer, seed) is None:
            clashing = fewer
    raise ImpossiblePins(Cause.PINS_CLASH, tuple(clashing))


def _settled(rules: MeetingRules, pinned: list[int], seed: int) -> dict[int, Spot] | None:
    if not pinned:
        return {}
    best = Model(Board(rules), pinned, frozenset(pinned)).solve(effort=_EFFORT, seed=seed)
    return None if best is None else best.places


def _why(board: Board, meeting: int) -> LeftOver:
    hopeless = board.rules.hopeless(meeting)
    if hopeless is not None:
        return hopeless
    limited = board.at_limit(meeting)
    if limited:
        return LeftOver(meeting=meeting, cause=Cause.PERSON_AT_LIMIT, person=limited[0])
    taken: Counter[int] = Counter()
    full, late = False, NOWHERE
    for slot, spots in board.rules.spots_by_slot(meeting).items():
        busy = board.busy(meeting, slot)
        taken.update(busy)
        if busy:
            continue
        for spot in spots:
            if not board.has_room(meeting, (slot, spot)):
                full = True
            elif late == NOWHERE:
                late = board.late(meeting, (slot, spot))[0]
    if late != NOWHERE:
        return LeftOver(meeting=meeting, cause=Cause.TOO_FAR, person=late)
    if full:
        return LeftOver(meeting=meeting, cause=Cause.SPOTS_FULL)
    busiest = max(taken.items(), key=lambda item: (item[1], -item[0]))[0]
    return LeftOver(meeting=meeting, cause=Cause.PEOPLE_BUSY, person=busiest)
