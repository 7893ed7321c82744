"""The file of a schedule: what takes place when and where, what is called off, and what was left over and why."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from ..domain.errors import ConfigurationError
from ..services.frames.documents import (
    Wrong,
    a_number,
    a_positive_number,
    a_text,
    a_whole_number,
    an_object,
    each,
)
from .lines import numbered, shown, written
from .problems import Problems

FORMAT = "entremise.schedule.v1"
COLUMNS = (
    "meeting",
    "people",
    "slot",
    "spot",
    "worth",
    "sequence",
    "changed_at",
    "status",
    "cause",
    "person",
)
Status = Literal["planned", "cancelled", "left_over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """One meeting of a schedule.

    ``uid`` is the same in every schedule of this plan, ``sequence`` rises with every change that its people have to
    know of, ``changed_at`` (seconds since 1970) is when it did. ``slot`` and ``spot`` as the plan calls them; for one
    that is called off they say where it was. ``cause`` and ``person`` say why it is left over.
    """

    uid: str
    people: tuple[str, ...]
    worth: float
    status: Status = "planned"
    slot: str = ""
    spot: str = ""
    sequence: int = 0
    changed_at: float = 0.0
    cause: str = ""
    person: str = ""


def write_schedule(path: str, meetings: Sequence[Scheduled], report: Mapping[str, Any]) -> None:
    """Write a schedule: as JSON where the name says so (``.json``, ``.json.gz``), else as CSV."""
    as_json = path.removesuffix(".gz").endswith(".json")
    with written(path) as stream:
        stream.write(_json(meetings, report) if as_json else _csv(meetings))


def read_schedule(path: str) -> Sequence[Scheduled]:
    """Read what ``write_schedule`` wrote, in either form. Raises ``ConfigurationError`` that names the place."""
    problems = Problems()
    lines = [line for _, line in numbered(path, problems)]
    if len(problems):
        raise ConfigurationError(str(problems.found[0]))
    text = "\n".join(lines)
    try:
        return _of_json(text) if text.lstrip().startswith("{") else _of_csv(text)
    except (Wrong, orjson.JSONDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{shown(path)}: {error}") from error


def _json(meetings: Sequence[Scheduled], report: Mapping[str, Any]) -> str:
    def of(status: Status, *keys: str) -> list[dict[str, Any]]:
        return [
            {key: getattr(one, key) for key in ("uid", "people", "worth", *keys) if getattr(one, key) != ""}
            for one in meetings
            if one.status == status
        ]

    placed = ("slot", "spot", "sequence", "changed_at")
    document = {
        "format": FORMAT,
        "report": report,
        "meetings": of("planned", *placed),
        "cancelled": of("cancelled", *placed),
        "left_over": of("left_over", "cause", "person"),
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _csv(meetings: Sequence[Scheduled]) -> str:
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(COLUMNS)
    for one in meetings:
        left = one.status == "left_over"
        rows.writerow(
            (one.uid, _join(one.people), one.slot, one.spot, f"{one.worth:.9g}", "" if left else one.sequence,
             "" if left else f"{one.changed_at:.0f}", one.status, one.cause, one.person)
        )  # fmt: skip
    return stream.getvalue()


def _of_json(text: str) -> Sequence[Scheduled]:
    document = an_object(orjson.loads(text), "")
    if document.get("format") != FORMAT:
        raise Wrong("format", f"is not {FORMAT!r}: no schedule that entremise wrote")
    return [
        *each(document.get("meetings"), "meetings", lambda one, field: _known(one, field, "planned")),
        *each(document.get("cancelled", []), "cancelled", lambda one, field: _known(one, field, "cancelled")),
    ]


def _of_csv(text: str) -> Sequence[Scheduled]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise Wrong("", f"no column {' and no column '.join(missing)} (the first line names the columns)")
    found = []
    for row in reader:
        if row["status"] in {"planned", "cancelled"}:
            numbers = {
                key: _read_number(row[key], f"line {reader.line_num}: {key}")
                for key in ("worth", "sequence", "changed_at")
            }
            data = {**row, **numbers, "uid": row["meeting"], "people": _split(row["people"] or "")}
            if not numbers["sequence"].is_integer():
                raise Wrong(f"line {reader.line_num}: sequence", "must be a whole number")
            data["sequence"] = int(numbers["sequence"])
            found.append(_known(data, f"line {reader.line_num}", row["status"]))
    return found


def _known(data: Any, field: str, status: Any) -> Scheduled:
    an_object(data, field)
    return Scheduled(
        uid=a_text(data.get("uid"), f"{field}.uid"),
        people=tuple(each(data.get("people"), f"{field}.people", a_text)),
        worth=a_positive_number(data.get("worth"), f"{field}.worth"),
        status=status,
        slot=a_text(data.get("slot"), f"{field}.slot"),
        spot=a_text(data.get("spot"), f"{field}.spot"),
        sequence=a_whole_number(data.get("sequence"), f"{field}.sequence"),
        changed_at=a_number(data.get("changed_at", 0.0), f"{field}.changed_at", most=1e12),
    )


def _read_number(text: str | None, field: str) -> float:
    try:
        return float(text or "")
    except ValueError as error:
        raise Wrong(field, "must be a number") from error


def _join(people: Sequence[str]) -> str:
    return ";".join(person.replace("\\", "\\\\").replace(";", "\\;") for person in people)


def _split(text: str) -> list[str]:
    found, word, signs = [], "", iter(text)
    for sign in signs:
        if sign == ";":
            found.append(word)
            word = ""
        else:
            word += next(signs, "") if sign == "\\" else sign
    return [*found, word]
