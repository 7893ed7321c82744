"""From what an organiser fills in to the ``frame`` of a plan and back (docs/reference/file-formats.md). Pure.

What a frame says that the forms do not know (it came by REST) is kept as it is.
"""

import datetime as dt
import itertools
import re

DAY = dt.timedelta(days=1)
MOST_SLOTS = 500
_LINE = re.compile(r"(?P<name>.*?)\s*[=:;,\t]\s*(?P<number>[0-9]{1,4})\s*")


class NotALine(ValueError):
    """A line of a list is not written as it has to be; ``line`` is the line."""

    def __init__(self, line):
        super().__init__(line)
        self.line = line


def lines(text):
    """Return what stands on each line, without empty ones."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def numbered(text, *, otherwise=None):
    """Return (name, number) of each line, as ``Garden: 8``; without a number ``otherwise``, or ``NotALine``.

    >>> numbered("Garden: 8")
    [('Garden', 8)]
    """
    found = []
    for line in lines(text):
        match = _LINE.fullmatch(line)
        if match and match["name"]:
            found.append((match["name"], int(match["number"])))
        elif match is None and otherwise is not None:
            found.append((line, otherwise))
        else:
            raise NotALine(line)
    return found


def without(frame, *keys):
    """Return a frame without some of its keys."""
    return {key: value for key, value in frame.items() if key not in keys}


def tables_of(frame):
    """Return how the tables of a frame are filled in: ``(number, seats, "")``, or ``(None, None, lines)``."""
    tables = frame.get("tables", [])
    if isinstance(tables, int):
        return tables, frame.get("capacity"), ""
    plain = [table.get("name", str(at)) for at, table in enumerate(tables, 1)]
    seats = {table.get("seats") for table in tables}
    if len(seats) == 1 and plain == [str(at) for at in range(1, len(tables) + 1)]:
        return len(tables), seats.pop(), ""
    return (
        None,
        None,
        "\n".join(f"{name}: {table.get('seats')}" for name, table in zip(plain, tables, strict=True)),
    )


def tables(frame, number, seats, named):
    """Return the tables that were filled in; what else the frame said of a table of that name is kept."""
    known = {str(table.get("name", at)): table for at, table in enumerate(_list(frame.get("tables")), 1)}
    wanted = named or [(str(at), seats) for at in range(1, number + 1)]
    return [{**known.get(name, {}), "name": name, "seats": seats} for name, seats in wanted]


def hosts(frame, refs):
    """Return the hosts of tables that were filled in; one whom the frame holds at a certain table stays there."""
    placed = {one["person"]: one for one in _list(frame.get("hosts")) if isinstance(one, dict)}
    return [placed.get(ref, ref) for ref in refs]


def slots(first, last, starts, ends, minutes, rest=0, pause=None):
    """Return the slots of these days as the service reads them: ``2026-05-04T10:00/10:20``.

    ``first``, ``last`` are dates, ``starts``, ``ends`` times of day; ``minutes`` is the length of a meeting, ``rest``
    the break after it; ``pause`` a pair of times between which nobody meets. At most ``MOST_SLOTS`` + 1.
    """
    found, day = [], first
    while day <= last and len(found) <= MOST_SLOTS:
        at, end = dt.datetime.combine(day, starts), dt.datetime.combine(day, ends)
        while at + dt.timedelta(minutes=minutes) <= end and len(found) <= MOST_SLOTS:
            until = at + dt.timedelta(minutes=minutes)
            if (
                pause
                and at < dt.datetime.combine(day, pause[1])
                and until > dt.datetime.combine(day, pause[0])
            ):
                at = dt.datetime.combine(day, pause[1])
                continue
            found.append(f"{at:%Y-%m-%dT%H:%M}/{until:%H:%M}")
            at = until + dt.timedelta(minutes=rest)
        day += DAY
    return found


def times_of(written):
    """Return what ``slots`` made a list of slots from, as its arguments by name; ``None`` where it made them not."""
    if not written:
        return None
    try:
        pairs = [_pair(slot) for slot in written]
    except ValueError:
        return None
    first, last = pairs[0], pairs[-1]
    day_one = [pair for pair in pairs if pair[0].date() == first[0].date()]
    gaps = [
        int((after[0] - before[1]).total_seconds() // 60) for before, after in itertools.pairwise(day_one)
    ]
    rest = min(gaps, default=0)
    wide = next((at for at, gap in enumerate(gaps) if gap > rest), None)
    found = {
        "first": first[0].date(), "last": last[0].date(), "starts": first[0].time(), "ends": day_one[-1][1].time(),
        "minutes": int((first[1] - first[0]).total_seconds() // 60), "rest": rest,
        "pause": (day_one[wide][1].time(), day_one[wide + 1][0].time()) if wide is not None else None,
    }  # fmt: skip
    return found if found["minutes"] > 0 and slots(**found) == list(written) else None


def spots(frame, named, video, link):
    """Return the spots that were filled in, and what else the frame said of a spot of that name."""
    known = {str(spot.get("name")): spot for spot in _list(frame.get("spots"))}
    found = [{**known.get(name, {}), "name": name, "capacity": capacity} for name, capacity in named]
    if video:
        name = next((spot["name"] for spot in known.values() if spot.get("mode") == "remote"), "Video")
        room = {**known.get(name, {}), "name": name, "capacity": video, "mode": "remote", "link": link}
        found.append(room if link else without(room, "link"))
    return found


def spots_of(frame):
    """Return how the spots of a frame are filled in: lines, and the virtual room (capacity and link) if there is one."""
    video = [spot for spot in _list(frame.get("spots")) if spot.get("mode") == "remote"]
    others = [spot for spot in _list(frame.get("spots")) if spot not in video[:1]]
    written = "\n".join(f"{spot.get('name')}: {spot.get('capacity', 1)}" for spot in others)
    room = video[0] if video else {}
    return written, room.get("capacity", 1) if room else None, room.get("link", "")


def people_of(rules):
    """Return the people of a list in which each stands alone, or under ``person``."""
    return [one["person"] if isinstance(one, dict) else one for one in _list(rules)]


def sets_of(rules):
    """Return the sets of people of a list in which each stands alone, or under ``people``."""
    return [one["people"] if isinstance(one, dict) else one for one in _list(rules)]


def _pair(slot):
    start, _slash, end = str(slot).partition("/")
    begins = dt.datetime.fromisoformat(start)
    if begins.tzinfo is not None or len(end) != len("10:00"):
        raise ValueError(slot)
    return begins, dt.datetime.combine(begins.date(), dt.time.fromisoformat(end))


def _list(value):
    return value if isinstance(value, list) else []
