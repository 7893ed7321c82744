"""What only some plans need, line by line: food, step-free places, who is away, who should meet, ways between spots. Pure.

``write`` says how a ref is written (``Ada Lovelace (K3P9Q-1)``). What no line can say gives ``KEPT``: it came by REST, its
field is left out of the form, and the frame keeps it.
"""

from . import frames

KEPT = object()
MOST_LINES = 500
"""Nobody types more; reading each person by name would take long, too."""


class NotKnown(ValueError):
    """A line names something that the form does not have; ``name`` is what."""

    def __init__(self, name):
        super().__init__(name)
        self.name = name


def several(refs, write):
    """Return people on one line."""
    return "; ".join(write(ref) for ref in refs)


def diets_of(frame, write):
    """Return ``vegan: Ada; Bob`` for each kind of food that somebody needs."""
    diets = frame.get("diets") or {}
    if any(":" in name or "\n" in name for name in diets) or sum(map(len, diets.values())) > MOST_LINES:
        return KEPT
    return "\n".join(f"{name}: {several(refs, write)}" for name, refs in diets.items() if refs)


def diets(text):
    """Return (food, people in one text) of each line; raises ``NotALine``."""
    found = []
    for line in frames.lines(text):
        name, _colon, people = (part.strip() for part in line.partition(":"))
        if not name or not people:
            raise frames.NotALine(line)
        found.append((name, people))
    return found


def served_of(frame):
    """Return ``Garden: vegan, halal`` for each table that does not serve everything."""
    tables = _named(frame)
    limited = {name: table["diets"] for name, table in tables if table.get("diets") is not None}
    if any(sign in diet for sign in ",:\n" for diets in limited.values() for diet in diets):
        return KEPT
    return "\n".join(f"{name}: {', '.join(diets)}" for name, diets in limited.items())


def served(text, tables):
    """Return {table: foods}; raises ``NotALine``, and ``NotKnown`` for what is none of ``tables``."""
    found = {}
    for line in frames.lines(text):
        name, colon, foods = line.rpartition(":")
        if not colon:
            raise frames.NotALine(line)
        foods = [food.strip() for food in foods.split(",") if food.strip()]
        found[one_of(name.strip(), tables)] = list(dict.fromkeys(foods))
    return found


def step_free_of(frame):
    """Return the tables with a step-free place, one a line."""
    return "\n".join(name for name, table in _named(frame) if table.get("step_free"))


def least_of(frame):
    """Return how many guests every table has at least, where it is the same for all."""
    found = {table.get("least", 0) for _name, table in _named(frame)}
    return KEPT if len(found) > 1 else next(iter(found), 0) or None


def equipped(tables, *, least=KEPT, step_free=(), served=KEPT):
    """Return tables with what was said of them."""
    said = {
        "step_free",
        *(["least"] if least is not KEPT else []),
        *(["diets"] if served is not KEPT else []),
    }
    for table in tables:
        name, made = table["name"], frames.without(table, *said)
        if least is not KEPT and least:
            made["least"] = least
        if served is not KEPT and name in served:
            made["diets"] = served[name]
        if name in step_free:
            made["step_free"] = True
        yield made


def absent_of(frame, write):
    """Return ``Ada`` or ``Ada: Dinner`` for whoever is away."""
    away = frame.get("absent") or []
    if len(away) > MOST_LINES or any("\n" in meal for _ref, meal in map(_away, away) if meal):
        return KEPT
    return "\n".join(
        f"{write(ref)}: {meal}" if meal is not None else write(ref) for ref, meal in map(_away, away)
    )


def absent(text, meals):
    """Return (person as written, meal or ``None``) of each line; raises ``NotKnown`` for what is none of ``meals``."""
    found = []
    for line in frames.lines(text):
        # At the first: a person is written without a colon, and a meal may be called "Lunch 12:30".
        person, colon, meal = line.partition(":")
        found.append((person.strip(), one_of(meal.strip(), meals)) if colon else (line, None))
    return found


def away(frame, found):
    """Return who is away as the service reads it; as it was written where it said the same."""
    known = {_away(one): one for one in frame.get("absent") or []}
    return [
        known.get((ref, meal), {"person": ref} if meal is None else {"person": ref, "meal": meal})
        for ref, meal in dict.fromkeys(found)
    ]


def wishes_of(frame, write):
    """Return who should meet, one meeting a line."""
    sets = [people for people in frames.sets_of(frame.get("meetings")) if len(people) > 1]
    return KEPT if len(sets) > MOST_LINES else "\n".join(several(people, write) for people in sets)


def wishes(frame, sets):
    """Return the meetings that should be; one that the frame gave a worth keeps it."""
    known = {frozenset(one["people"]): one for one in frame.get("meetings") or () if isinstance(one, dict)}
    return [known.get(frozenset(people), {"people": people}) for people in sets]


def limits_of(frame, write):
    """Return ``Ada: 1`` for whoever has fewer or more meetings than the others."""
    limits = frame.get("limits") or []
    return (
        KEPT
        if len(limits) > MOST_LINES
        else "\n".join(f"{write(one['person'])}: {one['most']}" for one in limits)
    )


def walking_of(frame):
    """Return ``Lobby; Studio: 6`` for each way between spots."""
    ways = [
        (first, last, minutes)
        for first, others in (frame.get("walking_minutes") or {}).items()
        for last, minutes in others.items()
    ]
    if len(ways) > MOST_LINES or any(";" in first + last or first == last for first, last, _minutes in ways):
        return KEPT
    if any(not isinstance(minutes, int) for *_, minutes in ways):
        return KEPT
    return "\n".join(f"{first}; {last}: {minutes}" for first, last, minutes in ways)


def walking(numbered, spots):
    """Return the minutes by spot and spot; raises ``NotALine``, and ``NotKnown`` for what is none of ``spots``."""
    found = {}
    for way, minutes in numbered:
        ends = [end.strip() for end in way.split(";")]
        if len(ends) != 2 or ends[0] == ends[1]:
            raise frames.NotALine(f"{way}: {minutes}")
        first, last = (one_of(end, spots) for end in ends)
        found.setdefault(first, {})[last] = minutes
    return found


def people_in(frame):
    """Return everybody whom these parts of a frame name."""
    found = {ref for refs in (frame.get("diets") or {}).values() for ref in refs}
    found.update(frame.get("step_free") or (), frame.get("optional") or ())
    found.update(ref for ref, _meal in map(_away, frame.get("absent") or ()))
    meetings = frames.sets_of(frame.get("meetings"))
    found.update(ref for people in meetings[:MOST_LINES] for ref in people)
    found.update(one["person"] for one in (frame.get("limits") or [])[:MOST_LINES])
    return {ref for ref in found if isinstance(ref, str)}


def one_of(name, known):
    """Return the one that is meant, whatever its capitals; raises ``NotKnown``."""
    if name in known:
        return name
    for one in known:
        if one.casefold() == name.casefold():
            return one
    raise NotKnown(name)


def _named(frame):
    tables = frame.get("tables")
    listed = tables if isinstance(tables, list) else []
    return [(str(table.get("name", at)), table) for at, table in enumerate(listed, 1)]


def _away(one):
    return (one["person"], one.get("meal")) if isinstance(one, dict) else (one, None)
