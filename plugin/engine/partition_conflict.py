"""Which rules cannot hold together: the smallest set whose members all are needed for the contradiction (QuickXplain)."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from .partition import Code, Conflict, Partition, Rule
from .partition_feasible import arrange, rules_of, under

_EACH = 10.0
"""Seconds for one question."""


def conflict_of(problem: Partition, number: int, seconds: float) -> Conflict | None:
    """Return what contradicts itself among the rules of a round; ``None`` where nothing is proved to.

    Of several contradictions the one is named that lies in the rules that come first in ``rules_of``.
    """
    asked = _Asked(problem, monotonic() + seconds)
    rules = rules_of(problem, number)
    if asked.possible(rules) is not False:
        return None
    # Kinds of rules first: whole kinds are left out at a time.
    for code in (
        Code.ACQUAINTANCES,
        Code.APART,
        Code.TOGETHER,
        Code.PINS,
        Code.QUOTA,
        Code.SHARED,
        Code.ALLOWED,
    ):
        fewer = [rule for rule in rules if rule.code is not code]
        if len(fewer) < len(rules) and asked.possible(fewer) is False:
            rules = fewer
    found = tuple(sorted(_explain(asked, [], rules, known=False)))
    return Conflict(found, proved=True, smallest=not asked.unsure, people=_people(problem, found))


class _Asked:
    """Answers whether rules can hold together; notes when it had to guess."""

    def __init__(self, problem: Partition, deadline: float) -> None:
        self._problem, self._deadline = problem, deadline
        self.unsure = False

    def possible(self, rules: Sequence[Rule]) -> bool | None:
        left = min(_EACH, self._deadline - monotonic())
        possible = arrange(under(self._problem, rules), left).possible
        self.unsure |= possible is None
        return possible


def _explain(asked: _Asked, given: list[Rule], rules: list[Rule], *, known: bool) -> list[Rule]:
    """Return the rules needed, beside those given, for a contradiction. ``known``: what is given may do alone."""
    if known and asked.possible(given) is False:
        return []
    if len(rules) <= 1:
        return rules
    half = len(rules) // 2
    first, second = rules[:half], rules[half:]
    later = _explain(asked, given + first, second, known=bool(first))
    earlier = _explain(asked, given + later, first, known=bool(later))
    return earlier + later


def _people(problem: Partition, rules: Sequence[Rule]) -> tuple[int, ...]:
    found: set[int] = set()
    for rule in rules:
        match rule.code, rule.index:
            case ((Code.ALLOWED | Code.ACQUAINTANCES), int(person)):
                found.add(person)
            case Code.TOGETHER, int(at):
                found.update(problem.together[at])
            case Code.APART, int(at):
                found.update(problem.apart[at].tolist())
            case Code.PINS, int(at):
                found.add(int(problem.pins[at, 0]))
            case _:
                pass
    return tuple(sorted(found))
