"""Who may be whose mentor, and which rule stops a pair: always a rule that can be named."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .mentorship_candidates import Block, Flags, Rows
from .scoring import IMPOSSIBLE, Scorer

Hindrances = NDArray[np.uint16]
"""Sets of ``Hindrance``, 0 where a pair is possible."""
Organisations = Literal["any", "other", "same"]


class Hindrance(IntFlag):
    """What stops two people from being mentee and mentor, the strongest first."""

    SELF = 1
    VETO = 2
    MENTEE_PAUSED = 4
    MENTOR_PAUSED = 8
    LANGUAGE = 16
    MODE = 32
    ROLES = 64
    """Both would be either, and it is the other who has more to give."""
    SENIORITY = 128
    ORGANISATION = 256
    SECTOR = 512
    EXCLUDED = 1024
    """By whoever else has a say in it, such as a plugin of the host."""


BY_CHOICE = Hindrance.ROLES | Hindrance.SENIORITY | Hindrance.ORGANISATION | Hindrance.SECTOR
"""Rules of the organiser, which a pin of the organiser's overrides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRules:
    """The organiser's rules on pairs. ``seniority_gap``: steps that a mentor is ahead, where both are known; ``None``
    asks for nothing. ``organisations``, ``sectors``: the mentor's is any, another, or the same, where both are known.
    """

    seniority_gap: int | None = 1
    organisations: Organisations = "any"
    sectors: Organisations = "any"


class Programme:
    """The mentees and mentors of a crowd under rules. People are named by their place among mentees or mentors.

    ``mentees`` (n,) and ``mentors`` (m,) are rows of the scorer's crowd, and may have people in common; whoever is in
    both would be either, unless ``either`` (people,) says it. ``paused`` (people,) takes nobody for now.
    """

    def __init__(
        self,
        scorer: Scorer,
        mentees: Rows,
        mentors: Rows,
        rules: GroupRules,
        *,
        paused: Flags | None = None,
        either: Flags | None = None,
    ) -> None:
        self.scorer = scorer
        self.mentees = mentees
        self.mentors = mentors
        self.rules = rules
        people = len(scorer)
        self._paused = np.zeros(people, dtype=np.bool_) if paused is None else paused
        if either is None:
            either = np.zeros(people, dtype=np.bool_)
            either[np.intersect1d(mentees, mentors)] = True
        self._either = either
        block = len(mentors) and mentors[-1] - mentors[0] + 1 == len(mentors) and (np.diff(mentors) > 0).all()
        self._columns = slice(int(mentors[0]), int(mentors[-1]) + 1) if block else None

    def values(self, places: Rows) -> Block:
        """Return what the mentors are worth to these mentees, (places, mentors) in [0, 1]; negative where ruled out."""
        scores = self.scores(places)
        scores[self.hindrances(places) > 0] = IMPOSSIBLE
        return scores

    def scores(self, places: Rows) -> Block:
        """Return what the mentors are worth to these mentees, whatever the rules say."""
        rows = self.mentees[places]
        if self._columns is not None:
            return self.scorer.directed(rows, self._columns)[0]
        if len(self.mentors) * 8 > len(self.scorer):
            return self.scorer.directed(rows)[0][:, self.mentors]
        return self.scorer.directed(rows, np.broadcast_to(self.mentors, (len(rows), len(self.mentors))))[0]

    def worth(self, mentees: Rows, mentors: Rows) -> NDArray[np.float32]:
        """Return what each of these mentors is worth to the mentee beside them, (pairs,), whatever the rules say."""
        scores = self.scorer.directed(self.mentees[mentees], self.mentors[mentors][:, None])[0]
        one: NDArray[np.float32] = scores[:, 0]
        return one

    def hindrances(self, places: Rows) -> Hindrances:
        """Return what stops each pair of these mentees and all mentors, (places, mentors)."""
        crowd = self.scorer.crowd
        rows = self.mentees[places]
        columns = np.broadcast_to(self.mentors, (len(rows), len(self.mentors)))
        found = np.zeros(columns.shape, dtype=np.uint16)
        found[rows[:, None] == self.mentors] |= np.uint16(Hindrance.SELF)
        found[self._paused[rows]] |= np.uint16(Hindrance.MENTEE_PAUSED)
        found[:, self._paused[self.mentors]] |= np.uint16(Hindrance.MENTOR_PAUSED)
        common = np.zeros(columns.shape, dtype=np.bool_)
        for word in range(crowd.languages.shape[1]):
            common |= (crowd.languages[rows, word][:, None] & crowd.languages[self.mentors, word]) != 0
        found[~common] |= np.uint16(Hindrance.LANGUAGE)
        apart = (crowd.channels[rows][:, None] & crowd.channels[self.mentors]) == 0
        found[apart] |= np.uint16(Hindrance.MODE)
        self._add_vetoes(found, rows)
        for codes, wish, hindrance in (
            (crowd.organisations, self.rules.organisations, Hindrance.ORGANISATION),
            (crowd.sectors, self.rules.sectors, Hindrance.SECTOR),
        ):
            if wish != "any":
                mine, theirs = codes[rows][:, None], codes[self.mentors][None, :]
                same = mine == theirs
                found[(mine >= 0) & (theirs >= 0) & (same if wish == "other" else ~same)] |= np.uint16(
                    hindrance
                )
        ahead, known = self._ahead(rows)
        if self.rules.seniority_gap is not None:
            found[known & (ahead < self.rules.seniority_gap)] |= np.uint16(Hindrance.SENIORITY)
        self._add_roles(found, rows, ahead, known)
        return found

    def _ahead(self, rows: Rows) -> tuple[NDArray[np.int16], Flags]:
        seniority = self.scorer.crowd.seniority.astype(np.int16)
        mine, theirs = seniority[rows][:, None], seniority[self.mentors][None, :]
        return theirs - mine, (mine >= 0) & (theirs >= 0)

    def _add_vetoes(self, found: Hindrances, rows: Rows) -> None:
        vetoes = self.scorer.crowd.vetoes
        if not len(vetoes):
            return
        both = np.concatenate([vetoes, vetoes[:, ::-1]])
        people = len(self.scorer)
        row_of = np.full(people, -1, dtype=np.intp)
        row_of[rows] = np.arange(len(rows))
        column_of = np.full(people, -1, dtype=np.intp)
        column_of[self.mentors] = np.arange(len(self.mentors))
        row, column = row_of[both[:, 0]], column_of[both[:, 1]]
        there = (row >= 0) & (column >= 0)
        found[row[there], column[there]] |= np.uint16(Hindrance.VETO)

    def _add_roles(self, found: Hindrances, rows: Rows, ahead: NDArray[np.int16], known: Flags) -> None:
        """Of two who would be either, the senior one is the mentor, then who has more to give, then the earlier one."""
        mentees = np.flatnonzero(self._either[rows])
        mentors = np.flatnonzero(self._either[self.mentors])
        if not len(mentees) or not len(mentors):
            return
        here, there = rows[mentees], self.mentors[mentors]
        out = self.scorer.directed(here, np.broadcast_to(there, (len(here), len(there))))[0]
        back = self.scorer.directed(there, np.broadcast_to(here, (len(there), len(here))))[0].T
        block = np.ix_(mentees, mentors)
        tied = (out == back) & (there[None, :] < here[:, None])
        decided = known[block] & (ahead[block] != 0)
        gives = np.where(decided, ahead[block] > 0, (out > back) | tied)
        part = found[block]
        part[~gives & (here[:, None] != there)] |= np.uint16(Hindrance.ROLES)
        found[block] = part
