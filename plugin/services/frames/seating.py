"""Reads the plan of a seating: tables, meals, rules and affinities; whatever is wrong names its field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .documents import Wrong, a_list, a_text, a_whole_number, an_object, each, unique

REPEATS = ("any", "few", "never")
MOST_TABLES, MOST_SEATS, MOST_MEALS = 5_000, 1_000, 50
_KEYS = frozenset(
    ("tables", "capacity", "meals", "affinity", "guests", "together", "apart", "pins", "hosts", "minimum_acquaintances",
     "acquaintances", "step_free", "diets", "optional", "absent", "repeats")
)  # fmt: skip
_TABLE_KEYS = frozenset(("name", "seats", "least", "step_free", "diets"))
_STEP_FREE = "step_free"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """``serves`` is what guests may need here; ``None`` where the plan does not say: every diet."""

    name: str
    seats: int
    least: int = 0
    step_free: bool = True
    diets: frozenset[str] | None = None

    def offers(self, need: str) -> bool:
        """Whether a guest who needs this can sit here."""
        if need == _STEP_FREE:
            return self.step_free
        return self.diets is None or need.removeprefix("diet:") in self.diets


@dataclass(frozen=True, slots=True)
class Rule:
    """Guests by id, at one meal (its place in the plan) or ``None``: at every one. ``where`` is the field."""

    guests: tuple[str, ...]
    where: str
    meal: int | None = None
    table: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatingPlan:
    """What an organiser asks for. Tables and meals are named by their places; ``needs`` are ids by need."""

    file: str
    tables: Sequence[Table]
    meals: Sequence[str]
    guests: Sequence[str] | None
    affinity: Sequence[Sequence[float]] | None
    together: Sequence[Rule] = ()
    apart: Sequence[Rule] = ()
    pins: Sequence[Rule] = ()
    hosts: frozenset[str] | None = None
    minimum: int = 0
    acquaintances: Sequence[Rule] | None = None
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    absent: Sequence[Rule] = ()
    repeats: str = "few"

    def among(self, ids: Collection[str]) -> SeatingPlan:
        """Return the plan with no word of guests who are not among these; a rule that needs two has two."""
        known = frozenset(ids)

        def kept(rules: Sequence[Rule], least: int = 1) -> list[Rule]:
            left = (replace(rule, guests=tuple(one for one in rule.guests if one in known)) for rule in rules)
            return [rule for rule in left if len(rule.guests) >= least]

        return replace(
            self,
            together=kept(self.together, 2),
            apart=kept(self.apart, 2),
            pins=kept(self.pins),
            absent=kept(self.absent),
            acquaintances=None if self.acquaintances is None else kept(self.acquaintances, 2),
            hosts=None if self.hosts is None else self.hosts & known,
            needs={need: guests & known for need, guests in self.needs.items()},
            optional=self.optional & known,
        )


def seating_plan(file: str, document: Any) -> SeatingPlan:
    """Return the plan in a document; ``file`` is what messages call it. Raises ``Wrong``."""
    return _plan(file, an_object(document, "", _KEYS))


def stored_seating_plan(file: str, document: Mapping[str, Any]) -> SeatingPlan:
    """Return the plan in a document that was checked when it came, less the rules of which erasure has left too few
    people; where nobody is known to know anybody, nobody needs acquaintances.
    """
    whole = {
        name: [rule for rule in document[name] if len(rule["people"] if isinstance(rule, dict) else rule) > 1]
        for name in ("together", "apart", "acquaintances")
        if name in document
    }
    plan = seating_plan(file, {**document, **whole})
    return plan if plan.affinity is not None or plan.acquaintances else replace(plan, minimum=0)


def whom_they_know(plan: SeatingPlan) -> Sequence[Rule] | None:
    """Return who knows whom, ``None``: those with any affinity. Raises ``Wrong`` where it is needed and not said."""
    if plan.acquaintances is None and plan.affinity is None and plan.minimum:
        raise Wrong(
            "minimum_acquaintances", "the plan has to say who knows whom (acquaintances, or affinity)"
        )
    return plan.acquaintances


def _plan(file: str, data: Mapping[str, Any]) -> SeatingPlan:
    tables = _tables(data)
    meals = each(data["meals"], "meals", _name) if "meals" in data else [""]
    if not 1 <= len(meals) <= MOST_MEALS:
        raise Wrong("meals", f"must be 1 to {MOST_MEALS} names")
    meal_at = unique(meals, "meals")
    table_at = unique([table.name for table in tables], "tables")
    affinity = _affinity(data["affinity"]) if data.get("affinity") is not None else None
    guests = each(data["guests"], "guests", _id) if "guests" in data else None
    if guests is None and affinity is not None:
        guests = [str(row) for row in range(len(affinity))]
    if guests is not None:
        unique(guests, "guests")
        if affinity is not None and len(affinity) != len(guests):
            raise Wrong("affinity", f"has {len(affinity)} rows for {len(guests)} guests")

    def several(at_least: int) -> Callable[[Any, str], Rule]:
        return lambda item, where: _people(item, where, meal_at, at_least)

    def placed(item: Any, where: str) -> Rule:
        return _placed(item, where, meal_at, table_at)

    hosts, host_pins = _hosts(data, placed)
    repeats = data.get("repeats", "few")
    if repeats not in REPEATS:
        raise Wrong("repeats", f"must be one of: {', '.join(REPEATS)}")
    return SeatingPlan(
        file=file, tables=tables, meals=meals, guests=guests, affinity=affinity,
        together=each(data.get("together", []), "together", several(2)),
        apart=each(data.get("apart", []), "apart", several(2)),
        pins=[*each(data.get("pins", []), "pins", placed), *host_pins],
        hosts=hosts,
        minimum=a_whole_number(data.get("minimum_acquaintances", 0), "minimum_acquaintances"),
        acquaintances=each(data["acquaintances"], "acquaintances", several(2)) if "acquaintances" in data else None,
        needs=_needs(data),
        optional=frozenset(each(data.get("optional", []), "optional", _id)),
        absent=each(data.get("absent", []), "absent", lambda item, where: _absent(item, where, meal_at)),
        repeats=repeats,
    )  # fmt: skip


def _tables(data: Mapping[str, Any]) -> list[Table]:
    told = data.get("tables")
    if isinstance(told, int) and not isinstance(told, bool):
        count = _within(told, "tables", MOST_TABLES)
        seats = _within(data.get("capacity"), "capacity", MOST_SEATS)
        return [Table(name=str(at + 1), seats=seats) for at in range(count)]
    if "capacity" in data:
        raise Wrong("capacity", "goes with a number of tables; tables in a list say their seats themselves")
    tables = each(told, "tables", _table)
    if not 1 <= len(tables) <= MOST_TABLES:
        raise Wrong("tables", f"must be 1 to {MOST_TABLES} tables")
    return [Table(name=str(at + 1), seats=t.seats, least=t.least, step_free=t.step_free, diets=t.diets) if not t.name else t
            for at, t in enumerate(tables)]  # fmt: skip


def _table(data: Any, where: str) -> Table:
    told = an_object(data, where, _TABLE_KEYS)
    seats = _within(told.get("seats"), f"{where}.seats", MOST_SEATS)
    least = a_whole_number(told.get("least", 0), f"{where}.least")
    if least > seats:
        raise Wrong(f"{where}.least", f"must not be above its seats ({seats})")
    step_free = told.get("step_free", False)
    if not isinstance(step_free, bool):
        raise Wrong(f"{where}.step_free", "must be true or false")
    diets = each(told["diets"], f"{where}.diets", _name) if "diets" in told else None
    name = _name(told["name"], f"{where}.name") if "name" in told else ""
    return Table(
        name=name,
        seats=seats,
        least=least,
        step_free=step_free,
        diets=None if diets is None else frozenset(diets),
    )


def _hosts(
    data: Mapping[str, Any], placed: Callable[[Any, str], Rule]
) -> tuple[frozenset[str] | None, list[Rule]]:
    """Return who can be a host, and those of them whose table is given."""
    if "hosts" not in data:
        return None, []
    hosts: list[str] = []
    pins: list[Rule] = []
    for at, item in enumerate(a_list(data["hosts"], "hosts")):
        if isinstance(item, dict):
            pins.append(placed(item, f"hosts.{at}"))
            hosts.append(pins[-1].guests[0])
        else:
            hosts.append(_id(item, f"hosts.{at}"))
    return frozenset(hosts), pins


def _needs(data: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    diets = an_object(data.get("diets", {}), "diets")
    needs = {f"diet:{name}": frozenset(each(ids, f"diets.{name}", _id)) for name, ids in diets.items()}
    if data.get(_STEP_FREE):
        needs[_STEP_FREE] = frozenset(each(data[_STEP_FREE], _STEP_FREE, _id))
    return needs


def _people(item: Any, where: str, meals: Mapping[str, int], at_least: int) -> Rule:
    """Return guests of a rule: a list of ids, or an object with ``people`` and ``meal``."""
    told = item if isinstance(item, dict) else {"people": item}
    an_object(told, where, frozenset(("people", "meal")))
    guests = each(told.get("people"), f"{where}.people" if told is item else where, _id)
    if len(set(guests)) < max(at_least, len(guests)):
        raise Wrong(where, f"must name {at_least} or more different guests")
    return Rule(tuple(guests), where, _meal(told, where, meals))


def _placed(item: Any, where: str, meals: Mapping[str, int], tables: Mapping[str, int]) -> Rule:
    told = an_object(item, where, frozenset(("person", "table", "meal")))
    table = told.get("table")
    name = str(table) if isinstance(table, int) and not isinstance(table, bool) else table
    if not isinstance(name, str) or name not in tables:
        raise Wrong(f"{where}.table", "is no table of this plan")
    return Rule((_id(told.get("person"), f"{where}.person"),), where, _meal(told, where, meals), tables[name])


def _absent(item: Any, where: str, meals: Mapping[str, int]) -> Rule:
    if not isinstance(item, dict):
        return Rule((_id(item, where),), where)
    told = an_object(item, where, frozenset(("person", "meal")))
    return Rule((_id(told.get("person"), f"{where}.person"),), where, _meal(told, where, meals))


def _meal(told: Mapping[str, Any], where: str, meals: Mapping[str, int]) -> int | None:
    meal = told.get("meal")
    if meal is None:
        return None
    if not isinstance(meal, str) or meal not in meals:
        raise Wrong(f"{where}.meal", "is no meal of this plan")
    return meals[meal]


def _affinity(data: Any) -> list[list[float]]:
    rows = a_list(data, "affinity")
    for at, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(rows):
            raise Wrong(f"affinity.{at}", f"must be a list of {len(rows)} numbers: one for each row")
        for column, number in enumerate(row):
            if not isinstance(number, int | float) or isinstance(number, bool) or abs(number) > 1e6:
                raise Wrong(f"affinity.{at}.{column}", "must be a number from -1000000 to 1000000")
            if number != rows[column][at] and column < at:
                raise Wrong(f"affinity.{at}.{column}", f"is not the same as affinity.{column}.{at}")
    return rows


def _within(data: Any, where: str, most: int) -> int:
    number = a_whole_number(data, where)
    if not 1 <= number <= most:
        raise Wrong(where, f"must be a whole number from 1 to {most}")
    return number


def _name(data: Any, where: str) -> str:
    name = a_text(data, where)
    if not 0 < len(name) <= 100:
        raise Wrong(where, "must be a name of up to 100 letters")
    return name


def _id(data: Any, where: str) -> str:
    """Return an id; plans with an affinity matrix may name guests by their row."""
    if isinstance(data, int) and not isinstance(data, bool):
        return str(data)
    if not isinstance(data, str) or not data:
        raise Wrong(where, "must be the id of a guest")
    return data
