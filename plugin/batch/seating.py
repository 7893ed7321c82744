"""Seats the guests of a plan, with what attendees have to say to each other where the plan gives no affinities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..domain.errors import ConfigurationError
from ..domain.model import Profile
from ..services.frames.documents import Wrong
from ..services.frames.seating import Rule, SeatingPlan
from ..services.frames.seating_rows import Before, apart_of, asked
from .engine import Engine
from .watching import STEPS, Parts, Phase, unwatched

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..engine.seating import Broken, Cause, Seats

_NAMED = 12
"""Guests whom a message names."""
_OF_GUESTS = ("needs", "acquaintances")
"""Rules that are told for all guests at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guests:
    """Who is to be seated, in the order of rows, and what pairs are worth, (n, n)."""

    ids: Sequence[str]
    worth: NDArray[np.float32]

    def of(self, ids: Sequence[str], file: str) -> Guests:
        """Return those of the guests who are among these people; raises ``ConfigurationError`` if there are none."""
        wanted = set(ids)
        rows = [row for row, person in enumerate(self.ids) if person in wanted]
        if not rows:
            raise ConfigurationError(
                f"{file}: guests: none of them is an attendee (guests names the rows of affinity)"
            )
        return Guests(ids=[self.ids[row] for row in rows], worth=self.worth[rows][:, rows])


def guests_of_plan(plan: SeatingPlan) -> Guests | None:
    """Return the guests of a plan with an affinity matrix."""
    import numpy as np

    if plan.affinity is None or plan.guests is None:
        return None
    return Guests(
        ids=plan.guests, worth=np.array(plan.affinity, dtype=np.float32).reshape(len(plan.guests), -1)
    )


def guests_by_score(ids: Sequence[str], engine: Engine) -> Guests:
    """Return guests with the scores of connections; a guest whom the engine does not know counts nothing to anybody."""
    import numpy as np

    worth = np.zeros((len(ids), len(ids)), dtype=np.float32)
    known = [row for row, person in enumerate(ids) if person in engine.row_of]
    one, other = (part.tolist() for part in np.triu_indices(len(known), 1))
    rows = np.array([engine.row_of[ids[row]] for row in known], dtype=np.intp)
    scores = engine.score("connection", np.stack([rows[one], rows[other]], axis=1)) if one else np.zeros(0)
    at = np.array(known, dtype=np.intp)
    worth[at[one], at[other]] = worth[at[other], at[one]] = scores
    return Guests(ids=ids, worth=worth)


def seat_guests(
    plan: SeatingPlan,
    guests: Guests,
    *,
    before: Before | None = None,
    effort: float = 1.0,
    seconds: float = 60.0,
    seed: int = 0,
    phase: Phase = unwatched,
) -> Seats:
    """Seat everybody. Raises ``ConfigurationError`` that names the rules which cannot all hold."""
    from ..engine.seating import seat

    _require_guests(plan, guests.ids)
    try:
        wanted = asked(plan, guests.ids, guests.worth, before)
    except Wrong as wrong:
        raise ConfigurationError(f"{plan.file}: {wrong}") from wrong
    with phase(f"seating {len(guests.ids)} guests at {len(plan.tables)} tables", STEPS) as advance:
        found = seat(wanted, effort=effort, seconds=seconds, seed=seed, progress=Parts(advance))
    if found.cause is not None:
        raise ConfigurationError(f"{plan.file}: {said(found.cause, plan, guests.ids)}")
    return found


def said(cause: Cause, plan: SeatingPlan, ids: Sequence[str]) -> str:
    """Return why there is no table plan, naming the rules by their fields."""
    rules = list(dict.fromkeys(_named(rule, plan) for rule in cause.rules if rule.kind not in _OF_GUESTS))
    needy = [ids[rule.index] for rule in cause.rules if rule.kind == "needs" and rule.index is not None]
    if needy:
        rules.append(f"what tables offer (step_free, diets) and {_listed(needy)} need")
    short = [
        ids[rule.index] for rule in cause.rules if rule.kind == "acquaintances" and rule.index is not None
    ]
    if short:
        rules.append(f"minimum_acquaintances ({plan.minimum}) of {_listed(short)}")
    if not cause.proved:
        return f"no plan was found that keeps all rules; still broken: {'; '.join(rules)}"
    needed = " (each of them is needed for that)" if cause.smallest and len(rules) > 1 else ""
    return f"no plan is possible, these rules contradict each other: {'; '.join(rules)}{needed}"


def _named(rule: Broken, plan: SeatingPlan) -> str:
    meal = plan.meals[rule.meal]
    at = f" at {meal}" if meal and rule.kind != "repeats" else ""
    match rule.kind:
        case "seats":
            seats = sorted(table.seats for table in plan.tables)
            sizes = f"{seats[0]}" if seats[0] == seats[-1] else f"{seats[0]} to {seats[-1]}"
            return f"tables ({len(seats)} with {sizes} seats, {sum(seats)} in all){at}"
        case "together":
            return _field(plan.together[_index(rule)])
        case "apart":
            one, other = apart_of(plan)[_index(rule)][:2]
            return f"{apart_of(plan)[_index(rule)][2].where} ({one}, {other})"
        case "pins":
            pin = plan.pins[_index(rule)]
            return f"{pin.where} ({pin.guests[0]} at table {plan.tables[pin.table].name})"
        case "hosts":
            return f"hosts (one at each table){at}"
        case _:
            return "repeats (never)"


def _listed(ids: Sequence[str]) -> str:
    """Return some ids and how many more there are, each once."""
    found = list(dict.fromkeys(ids))
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return ", ".join(found[:_NAMED]) + more


def _index(rule: Broken) -> int:
    assert rule.index is not None
    return rule.index


def _field(rule: Rule) -> str:
    return f"{rule.where} ({_listed(rule.guests)})"


def _require_guests(plan: SeatingPlan, ids: Sequence[str]) -> None:
    known = frozenset(ids)
    rules = [*plan.together, *plan.apart, *plan.pins, *plan.absent, *(plan.acquaintances or ())]
    named = [(person, rule.where) for rule in rules for person in rule.guests]
    named += [(person, "hosts") for person in sorted(plan.hosts or ())]
    named += [(person, "optional") for person in sorted(plan.optional)]
    named += [
        (person, need.replace("diet:", "diets."))
        for need, ids in plan.needs.items()
        for person in sorted(ids)
    ]
    for person, where in named:
        if person not in known:
            raise ConfigurationError(f"{plan.file}: {where}: {person[:100]!r} is no guest")


def seatable(profiles: Mapping[str, Profile], gone: frozenset[str]) -> tuple[list[str], dict[str, Profile]]:
    """Return who gets a seat (who did not cancel), and whose profiles may enter a score: who agreed to groups."""
    ids = [person for person in profiles if person not in gone]
    return ids, {person: profiles[person] for person in ids if profiles[person].consent.groups}
