"""A first division of people into groups: who is bound first, then group by group, each time who fits best."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from .partition import Flags, Rows
from .partition_state import State


def construct(state: State, rng: np.random.Generator, start: NDArray[np.intp] | None = None) -> bool:
    """Fill all rounds of a state; whether everybody who must have a place has one and no group is too small.

    ``start`` (rounds, n): who can be where it says goes there first. Rules about whole groups and pairs to be kept apart
    are minded, not promised: the search mends them.
    """
    state.reset(np.array([[one.nowhere] * state.people for one in state.rounds], dtype=np.intp))
    for number in range(len(state.rounds)):
        if start is not None:
            _place_again(state, number, start[number])
    filled = [_fill(state, number, rng) for number in range(len(state.rounds))]
    return all(filled)


def targets(least: Rows, most: Rows, people: int) -> Rows:
    """Return how many people each group should take: at least the least, then evenly by what they can take."""
    wanted = least.astype(np.intp).copy()
    heap = [(wanted[g] / most[g], g) for g in range(len(most)) if wanted[g] < most[g]]
    heapq.heapify(heap)
    for _ in range(people - int(wanted.sum())):
        if not heap:
            break
        _, group = heapq.heappop(heap)
        wanted[group] += 1
        if wanted[group] < most[group]:
            heapq.heappush(heap, (wanted[group] / most[group], group))
    return wanted


def _fill(state: State, number: int, rng: np.random.Generator) -> bool:
    one = state.rounds[number]
    must = ~one.may[:, one.nowhere]
    present = one.may[:, : one.nowhere].any(axis=1)
    wanted = targets(one.problem.least, one.problem.most, int(present.sum()))
    _place_bound(state, number, must, rng)
    seated = state.groups[number] != one.nowhere
    loose = present & ~seated & one.single
    # Those who must sit come before those who may.
    for who in (loose & must, loose & ~must):
        _place_loose(state, number, who, wanted, rng)
    _raise_small(state, number)
    missing = must & (state.groups[number] == one.nowhere)
    return not missing.any() and bool((state.sizes[number] >= one.least).all())


def _place_again(state: State, number: int, start: Rows) -> None:
    """Place blocks where they were, unless rules or others are in the way."""
    one = state.rounds[number]
    for block in one.blocks:
        group = int(start[block[0]])
        if group >= one.nowhere or (start[block] != group).any() or not one.may[block, group].all():
            continue
        if state.sizes[number][group] + len(block) <= one.most[group]:
            for person in block:
                state.move(number, person, group)


def _place_bound(state: State, number: int, must: Flags, rng: np.random.Generator) -> None:
    """Place blocks that not every group can take: the most bound and the largest first."""
    one = state.rounds[number]
    choices = {at: one.may[block, : one.nowhere].all(axis=0) for at, block in enumerate(one.blocks)}
    bound = [
        at
        for at, block in enumerate(one.blocks)
        if choices[at].any()
        and must[block].any()
        and (len(block) > 1 or not choices[at].all())
        and state.groups[number, block[0]] == one.nowhere
    ]
    bound.sort(key=lambda at: (choices[at].sum() > 1, -len(one.blocks[at]), choices[at].sum(), rng.random()))
    for at in bound:
        block = one.blocks[at]
        gain = sum(state.moves(number, person) for person in block)
        room = (one.most - state.sizes[number] >= len(block))[: one.nowhere]
        possible = np.flatnonzero(room & choices[at])
        if not len(possible):
            continue
        group = int(possible[np.argmax(np.asarray(gain)[possible] + 1e-9 * rng.random(len(possible)))])
        for person in block:
            state.move(number, person, group)


def _place_loose(state: State, number: int, who: Flags, wanted: Rows, rng: np.random.Generator) -> None:
    one = state.rounds[number]
    left = who.copy()
    for upper in (wanted, one.problem.most):
        for group in rng.permutation(one.nowhere).tolist():
            while state.sizes[number][group] < upper[group]:
                can = np.flatnonzero(left & one.may[:, group])
                if not len(can):
                    break
                tie = 1e-9 * rng.random(len(can))
                person = int(can[np.argmax(state.sums[number][can, group] + tie)])
                state.move(number, person, group)
                left[person] = False


def _raise_small(state: State, number: int) -> None:
    """Bring groups that are too small up to their least from those that have people to spare."""
    one = state.rounds[number]
    for group in np.flatnonzero(state.sizes[number] < one.least).tolist():
        while state.sizes[number][group] < one.least[group]:
            here = state.groups[number]
            spare = state.sizes[number] > one.least
            spare[one.nowhere] = True
            can = np.flatnonzero(one.single & one.may[:, group] & spare[here] & (here != group))
            if not len(can):
                return
            sums = state.sums[number]
            person = int(can[np.argmax(sums[can, group] - sums[can, here[can]])])
            state.move(number, person, group)
