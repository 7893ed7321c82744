"""Pairs that nobody would leave for each other: deferred acceptance with capacities, and the count of blocking pairs.

A pair blocks a plan when both would rather have each other than what the plan gives them: a mentee who has nobody or
somebody worth less, and a mentor who has a free place or a mentee worth less. Gale and Shapley's plan has none, and
among all such plans it is the best one for every member of the side that proposes.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .mentorship_candidates import AT_ONCE, Block, Rows, Values, Watch

Side = Literal["mentees", "mentors"]
NOBODY = -1


@dataclass(frozen=True, slots=True)
class Preferences:
    """How both sides value each other.

    ``mentees``: what mentors are worth to mentees, ``mentors``: what those mentees are worth to the mentors, both
    (rows, mentors) for rows of mentees; negative in the first where a pair is ruled out. Whoever is worth the same
    is preferred in the order of the rows.
    """

    mentees: Values
    mentors: Values


def stable(
    preferences: Preferences,
    mentees: int,
    capacities: NDArray[np.intp],
    *,
    best_for: Side = "mentees",
    watch: Watch | None = None,
) -> Rows:
    """Return (k, 2) pairs of mentee and mentor, ascending, without a blocking pair."""
    worth, given = _both(preferences, mentees, len(capacities), watch)
    takes = np.clip(capacities, 0, None)
    if best_for == "mentees":
        mentor_of = _accepted(worth, given, np.ones(mentees, dtype=np.intp), takes)
        pairs = [(mentee, mentor) for mentee, held in enumerate(mentor_of) for mentor in held]
    else:
        mentees_of = _accepted(
            _turned(given, worth), _turned(worth, worth), takes, np.ones(mentees, dtype=np.intp)
        )
        pairs = [(mentee, mentor) for mentor, held in enumerate(mentees_of) for mentee in held]
    return np.array(sorted(pairs), dtype=np.intp).reshape(-1, 2)


def blocking(
    preferences: Preferences,
    pairs: Rows,
    mentees: int,
    capacities: NDArray[np.intp],
    *,
    fixed: Rows | None = None,
) -> Rows:
    """Return the blocking pairs (b, 2) of a plan, ascending. ``fixed`` mentees' pairs stand and nobody may want them away."""
    mentors = len(capacities)
    if not mentors:
        return np.empty((0, 2), dtype=np.intp)
    pinned = np.zeros(mentees, dtype=np.bool_)
    if fixed is not None:
        pinned[fixed] = True
    mentor_of = np.full(mentees, NOBODY, dtype=np.intp)
    mentor_of[pairs[:, 0]] = pairs[:, 1]
    filled = np.bincount(pairs[:, 1], minlength=mentors)
    weakest = np.where(filled < capacities, -np.inf, np.inf)
    blocks = [np.arange(start, min(start + AT_ONCE, mentees)) for start in range(0, mentees, AT_ONCE)]
    for rows in blocks:
        held = rows[(mentor_of[rows] != NOBODY) & ~pinned[rows]]
        if len(held):
            given = preferences.mentors(held)[np.arange(len(held)), mentor_of[held]]
            full = filled[mentor_of[held]] >= capacities[mentor_of[held]]
            np.minimum.at(weakest, mentor_of[held][full], given[full].astype(np.float64))
    found = [np.empty((0, 2), dtype=np.intp)]
    for rows in (block[~pinned[block]] for block in blocks):
        worth, given = preferences.mentees(rows), preferences.mentors(rows)
        has = mentor_of[rows] != NOBODY
        now = np.where(has, worth[np.arange(len(rows)), mentor_of[rows]], -1.0)
        rather = (worth >= 0) & (worth > now[:, None]) & (given > weakest)
        mentee, mentor = np.nonzero(rather)
        found.append(np.stack([rows[mentee], mentor], axis=1))
    return np.concatenate(found)


def _both(preferences: Preferences, mentees: int, mentors: int, watch: Watch | None) -> tuple[Block, Block]:
    worth = np.empty((mentees, mentors), dtype=np.float32)
    given = np.empty((mentees, mentors), dtype=np.float32)
    for start in range(0, mentees, AT_ONCE):
        rows = np.arange(start, min(start + AT_ONCE, mentees))
        worth[rows], given[rows] = preferences.mentees(rows), preferences.mentors(rows)
        if watch is not None:
            watch(len(rows))
    return worth, given


def _turned(values: Block, worth: Block) -> Block:
    """Return values seen from the mentors, negative where ruled out."""
    return np.ascontiguousarray(np.where(worth >= 0, values, np.float32(-1)).T)


def _accepted(
    worth: Block, given: Block, wanted: NDArray[np.intp], takes: NDArray[np.intp]
) -> list[list[int]]:
    """Let proposers (rows) ask in the order of ``worth``, as long as it is not negative, until each holds ``wanted``.

    Those who are asked (columns) hold the ``takes`` who are ``given`` most. Returns whom each proposer holds.
    """
    asking = [_in_order(row) for row in worth]
    held: list[list[tuple[float, int]]] = [[] for _ in takes]
    free = [int(count) for count in wanted]
    waiting = [proposer for proposer in range(len(worth) - 1, -1, -1) if free[proposer]]
    while waiting:
        proposer = waiting[-1]
        asked = next(asking[proposer], None) if free[proposer] else None
        if asked is None:
            waiting.pop()
            continue
        if not takes[asked]:
            continue
        offer = (float(given[proposer, asked]), -proposer)
        if len(held[asked]) < takes[asked]:
            heapq.heappush(held[asked], offer)
            free[proposer] -= 1
        elif offer > held[asked][0]:
            _, turned_away = heapq.heapreplace(held[asked], offer)
            free[proposer] -= 1
            free[-turned_away] += 1
            waiting.append(-turned_away)
    of_proposer: list[list[int]] = [[] for _ in range(len(worth))]
    for asked, offers in enumerate(held):
        for _, proposer in offers:
            of_proposer[-proposer].append(asked)
    return of_proposer


_FIRST = 64


def _in_order(row: NDArray[np.float32]) -> Iterator[int]:
    """Yield the possible places of a row by falling worth, equals in order; sorted no further than asked for."""
    if len(row) > 4 * _FIRST:
        least = np.partition(row, len(row) - _FIRST)[len(row) - _FIRST]
        if least >= 0:
            top = np.flatnonzero(row >= least)
            yield from top[np.argsort(-row[top], kind="stable")].tolist()
            rest = np.flatnonzero((row >= 0) & (row < least))
            yield from rest[np.argsort(-row[rest], kind="stable")].tolist()
            return
    possible = np.flatnonzero(row >= 0)
    yield from possible[np.argsort(-row[possible], kind="stable")].tolist()
