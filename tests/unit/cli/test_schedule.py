"""``entremise schedule`` as an organiser types it: what it writes keeps every rule, and says what it could not do."""

from __future__ import annotations

import csv
import json
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from entremise.plugin.cli import main
from entremise.plugin.demo.conference import make_conference
from entremise.plugin.services.calendars import meeting_uid

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
from benchmarks.checks.meetings import broken_rules

Run = Callable[..., Result]
SLOTS = [
    "2026-05-04T10:00/10:30",
    "2026-05-04T10:30/11:00",
    "2026-05-04T11:10/11:40",
    "2026-05-04T14:00/14:30",
]
AGREED = {"matching": True, "groups": True}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENTREMISE_ENCODER", "lexical")
    return command


def command(*words: str, code: int = 0) -> Result:
    found = CliRunner().invoke(main, ["--log-level", "error", "schedule", *words])
    assert found.exit_code == code, (found.output, found.exception)
    return found


def people(*ids: str, **more: Any) -> list[dict[str, Any]]:
    return [{"id": person, "name": person.title(), "consent": AGREED, **more} for person in ids]


def write(attendees: Sequence[Mapping[str, Any]], plan: Mapping[str, Any]) -> None:
    Path("people.jsonl").write_text(
        "".join(json.dumps(person) + "\n" for person in attendees), encoding="utf-8"
    )
    Path("plan.json").write_text(json.dumps(plan), encoding="utf-8")


def plan(**more: Any) -> dict[str, Any]:
    return {"time_zone": "Europe/Paris", "slots": SLOTS, "spots": [{"name": "Lobby", "capacity": 2}], **more}


def rows(name: str = "out.csv") -> list[dict[str, str]]:
    with Path(name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def entries(name: str) -> list[Any]:
    return list(Calendar.from_ical(Path(name).read_bytes()).walk("VEVENT"))


def test_meetings_of_the_plan_get_slots_and_spots_and_what_stopped_the_others_is_said(run: Run) -> None:
    attendees = [*people("ada", "bo", "cy"), {"id": "di"}, *people("ed", presence="cancelled")]
    wishes = [
        ["ada", "bo"],
        ["ada", "cy", 0.5],
        {"people": ["ada", "di"], "worth": 2},
        ["bo", "ed"],
        ["cy", "nobody"],
    ]
    write(attendees, plan(meetings=wishes, per_person=1))
    done = run("people.jsonl", "--plan", "plan.json", "-o", "out.csv")
    found = {row["people"]: row for row in rows()}
    assert found["ada;bo"]["slot"] in SLOTS
    assert (found["ada;bo"]["spot"], found["ada;bo"]["status"]) == ("Lobby", "planned")
    assert {pair: (row["cause"], row["person"]) for pair, row in found.items() if row["status"] == "left_over"} == {
        "ada;cy": ("person_at_limit", "ada"), "ada;di": ("no_consent", "di"), "bo;ed": ("not_attending", "ed"),
        "cy;nobody": ("not_attending", "nobody"),
    }  # fmt: skip
    assert "1 of 5 meetings have a slot and a spot" in done.stdout
    assert "no schedule is worth more" in done.stdout


def test_without_meetings_everybody_meets_whom_they_are_suggested(run: Run) -> None:
    attendees = [
        {"id": person.ref, **person.profile, "consent": AGREED}
        for person in make_conference(seed=3, size=24).people
    ]
    spots = [
        {"name": "Lobby", "capacity": 20},
        {"name": "Video", "capacity": 20, "mode": "remote"},
        {"name": "Mixed", "capacity": 9, "mode": "both"},
    ]
    write(attendees, plan(spots=spots, per_person=2, vetoes=[[attendees[0]["id"], attendees[1]["id"]]]))
    report = json.loads(
        run("people.jsonl", "--plan", "plan.json", "-o", "out.json", "--json").stdout.splitlines()[-1]
    )
    document = json.loads(Path("out.json").read_text())
    assert report["planned"] == len(document["meetings"]) >= 20
    assert document["format"] == "entremise.schedule.v1"
    met = [tuple(one["people"]) for one in document["meetings"]]
    assert len(set(met)) == len(met)
    assert tuple(sorted((attendees[0]["id"], attendees[1]["id"]))) not in met
    ways = {person["id"]: person.get("mode") for person in attendees}
    for one in document["meetings"]:
        modes = {ways[person] for person in one["people"]}
        assert one["spot"] != "Lobby" or "remote" not in modes
        assert one["spot"] != "Video" or "on_site" not in modes
    for person in ways:
        assert sum(person in one for one in met) <= 2


def test_everybody_gets_a_calendar_with_the_names_that_others_agreed_to_show(run: Run) -> None:
    attendees = [
        *people("ada", languages=["fr"]),
        {"id": "bo/x", "name": "Bø", "consent": {"groups": True, "matching": False}, "visible": []},
        *people("cy", "di"),
    ]
    write(
        attendees, plan(meetings=[["ada", "cy"], ["ada", "bo/x", "di"]], organiser="mailto:team@example.org")
    )
    run("people.jsonl", "--plan", "plan.json", "-o", "out.csv", "--calendar", "all")
    mine = {str(entry["SUMMARY"]): entry for entry in entries("all/ada.ics")}
    assert set(mine) == {"Rencontre avec Cy", "Rencontre avec Bø et Di"}
    [theirs] = entries("all/bo%2Fx.ics")
    assert theirs["SUMMARY"] == "Meeting with Ada and Di"
    assert theirs["UID"] == mine["Rencontre avec Bø et Di"]["UID"] == meeting_uid("", "ada", "bo/x", "di")
    assert theirs["ORGANIZER"] == "mailto:team@example.org"
    slot = next(row["slot"] for row in rows() if "bo/x" in row["people"])
    assert theirs["DTSTART"].dt == datetime.fromisoformat(f"{slot.partition('/')[0]}+02:00")
    assert theirs["LOCATION"] == "Lobby"


def test_a_second_run_keeps_what_was_announced_and_calls_off_what_is_gone(run: Run) -> None:
    attendees, wishes = people("ada", "bo", "cy", "di"), [["ada", "bo"], ["cy", "di"], ["ada", "cy"]]
    for name in ("one.json", "one.csv"):
        write(attendees, plan(meetings=wishes))
        run("people.jsonl", "--plan", "plan.json", "-o", name, "--calendar", "all")
        # ada cannot come first any more, bo leaves, and ada and di are new.
        changed = [
            {**attendees[0], "availability": [SLOTS[1], SLOTS[2], SLOTS[3]]},
            {**attendees[1], "presence": "cancelled"},
            *attendees[2:],
        ]
        write(changed, plan(meetings=[["ada", "di"], *reversed(wishes)]))
        again = run(
            "people.jsonl",
            "--plan",
            "plan.json",
            "-o",
            "two.csv",
            "--previous",
            name,
            "--calendar",
            "all",
            "--json",
        )
        report = json.loads(again.stdout.splitlines()[-1])
        assert (report["kept"] + report["moved"], report["cancelled"]) == (2, 1)
        write(attendees, plan(meetings=wishes))
        run("people.jsonl", "--plan", "plan.json", "-o", "before.csv")
        before, after = ({row["people"]: row for row in rows(file)} for file in ("before.csv", "two.csv"))
        assert (after["cy;di"]["slot"], after["cy;di"]["sequence"]) == (before["cy;di"]["slot"], "0")
        both = [row for row in rows("two.csv") if row["people"] == "ada;bo"]
        assert {row["status"] for row in both} == {"cancelled", "left_over"}
        [off] = entries("all/ada.cancelled.ics")
        assert (off["STATUS"], off["SEQUENCE"], off["UID"]) == ("CANCELLED", 1, meeting_uid("", "ada", "bo"))
        assert not Path("all/bo.ics").exists()
        third = run(
            "people.jsonl", "--plan", "plan.json", "-o", "three.csv", "--previous", "two.csv", "--json"
        )
        assert json.loads(third.stdout.splitlines()[-1])["planned"] == 3
        back = {row["people"]: row for row in rows("three.csv")}
        assert back["ada;bo"]["sequence"] == "2"
        assert back["ada;di"]["status"] == "cancelled"


@pytest.mark.parametrize("sequence", ["nan", "inf", "1.5", "-1", ""])
def test_a_schedule_with_a_sequence_that_is_none_is_refused_by_its_field(run: Run, sequence: str) -> None:
    write(people("ada", "bo"), plan(meetings=[["ada", "bo"]]))
    run("people.jsonl", "--plan", "plan.json", "-o", "out.csv")
    (meeting,) = rows()
    with Path("old.csv").open("w", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, meeting)
        writer.writeheader()
        writer.writerow({**meeting, "sequence": sequence})
    refused = run("people.jsonl", "--plan", "plan.json", "-o", "out.csv", "--previous", "old.csv", code=2)
    assert "sequence: must be a" in refused.stderr


def test_the_same_files_give_the_same_schedule(run: Run) -> None:
    write(
        people(*"abcdefgh"), plan(meetings=[[one, other] for one in "abcd" for other in "efgh"], per_person=3)
    )
    for name in ("one.csv", "two.csv"):
        run("people.jsonl", "--plan", "plan.json", "-o", name)
    one, other = (
        [(row["meeting"], row["slot"], row["spot"]) for row in rows(name)] for name in ("one.csv", "two.csv")
    )
    assert one == other


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"slots": ["2026-05-04T10:00"]}, "slots.0: must be a start and an end"),
        ({"slots": []}, "slots: must name at least one slot"),
        ({"slots": [SLOTS[0], SLOTS[0]]}, "slots.1:"),
        ({"time_zone": "Mars/North"}, "time_zone: there is no time zone 'Mars/North'"),
        ({"spots": [{"name": "Lobby", "capacity": -1}]}, "spots.0.capacity: must be a whole number"),
        ({"spots": [{"name": "Lobby", "capacty": 1}]}, "spots.0.capacty: there is no such key"),
        ({"spots": [{"name": "Lobby", "mode": "moon"}]}, "spots.0.mode: must be one of"),
        ({"walking_minutes": {"Lobby": {"Garden": 2}}}, "walking_minutes.Lobby.Garden: there is no spot 'Garden'"),
        ({"meetings": [["ada", "ada"]]}, "meetings.0: must name at least two different people"),
        ({"meetings": [["ada", "bo", 0]]}, "meetings.0.2: must be above 0"),
        ({"pins": [{"people": ["ada", "bo"], "slot": "noon"}]}, "pins.0.slot: there is no slot 'noon'"),
        ({"pins": [{"people": ["ada", "zoe"]}]}, "pins.0: 'zoe' is not attending"),
        ({"pins": [{"people": ["ada", "bo"], "slot": SLOTS[0], "spot": "Lobby"}, {"people": ["ada", "cy"], "slot": SLOTS[0]}]},
         "pins.0: these pins cannot be kept together: also pins.1"),
        ({"limits": {"bo": 0}, "pins": [{"people": ["ada", "bo"]}]}, "pins.0: somebody of them may have no meetings (bo)"),
        ({"pins": [{"people": ["ada", "bo"]}], "vetoes": [["bo", "ada"]]}, "pins.0: vetoes keep these people apart"),
        ({"meetings": [["ada", "bo"]], "vetoes": [["bo", "ada"]]}, "meetings.0: vetoes keep these people apart"),
        ({"pins": [{"people": ["ada", "bo"]}, {"people": ["bo", "ada"]}]}, "pins.1: these people are pinned already, at pins.0"),
        ({"organiser": "team"}, "organiser: must be an address"),
        ({"per_person": True}, "per_person: must be a whole number"),
        ([], "must be an object"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_names_the_field(run: Run, wrong: Any, said: str) -> None:
    whole = {**plan(meetings=[["cy", "bo"]]), **wrong} if isinstance(wrong, dict) else wrong
    write(people("ada", "bo", "cy"), whole)
    done = run("people.jsonl", "--plan", "plan.json", "-o", "out.csv", code=2)
    assert f"plan.json: {said}" in done.stderr
    assert not Path("out.csv").exists()


def test_calendars_need_to_know_where_clocks_hang(run: Run) -> None:
    write(people("ada", "bo"), {**plan(meetings=[["ada", "bo"]]), "time_zone": None})
    done = run("people.jsonl", "--plan", "plan.json", "-o", "out.csv", "--calendar", "all", code=2)
    assert "plan.json: time_zone: calendars need it" in done.stderr


def test_a_time_that_cannot_be_read_is_told_and_counts_for_nothing(run: Run) -> None:
    attendees = [*people("ada", availability=["2026-05-04T10:00/09:00", SLOTS[3]]), *people("bo")]
    write(attendees, plan(meetings=[["ada", "bo"]]))
    done = run("people.jsonl", "--plan", "plan.json", "-o", "out.csv", code=3)
    assert "people.jsonl:1: availability.0: must end after its start" in done.stderr
    assert rows()[0]["slot"] == SLOTS[3]


ids = "abcdef"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_what_is_written_keeps_every_rule_whatever_is_asked(run: Run, chance: random.Random) -> None:
    attendees = [
        {
            "id": person, "mode": chance.choice(["on_site", "on_site", "remote", "both"]),
            "availability": chance.sample(SLOTS, chance.randint(0, 4)),
            "consent": {"matching": chance.random() < 0.9, "groups": chance.random() < 0.7},
        }
        for person in ids
    ]  # fmt: skip
    spots = [
        {
            "name": name,
            "capacity": chance.randint(0, 2),
            "people": chance.randint(2, 6),
            "mode": mode,
            "slots": chance.sample(SLOTS, 3),
        }
        for name, mode in (("Room", "on_site"), ("Video", "remote"), ("Mixed", "mixed"))
    ]
    minutes = chance.randint(0, 20)
    wishes = [[*chance.sample(ids, chance.choice([2, 2, 3])), chance.randint(1, 9)] for _ in range(8)]
    write(
        attendees,
        plan(spots=spots, walking_minutes={"Room": {"Mixed": minutes}}, meetings=wishes, per_person=2),
    )
    run("people.jsonl", "--plan", "plan.json", "-o", "out.csv")
    found = rows()
    assert len(found) == len(wishes)
    kinds = {"on_site": "room", "remote": "virtual", "mixed": "mixed"}
    moments = [
        tuple(datetime.fromisoformat(f"2026-05-04T{clock}").timestamp() for clock in (slot[11:16], slot[17:]))
        for slot in SLOTS
    ]
    far = [[0, 0, minutes], [0, 0, 0], [minutes, 0, 0]]
    problem = {
        "meetings": [[ids.index(person) for person in row["people"].split(";")] for row in found],
        "slots": moments,
        "available": [
            {SLOTS.index(slot) for slot in person["availability"] or SLOTS} for person in attendees
        ],
        "channels": [person["mode"] for person in attendees],
        "limits": [2] * len(ids),
        "spots": [
            {
                "kind": kinds[spot["mode"]],
                "meetings": spot["capacity"],
                "people": spot["people"],
                "open": {SLOTS.index(slot) for slot in spot["slots"]},
            }
            for spot in spots
        ],
        "walking": [[60.0 * way for way in row] for row in far],
        "pins": {},
    }
    names = [spot["name"] for spot in spots]
    places = [(SLOTS.index(row["slot"]), names.index(row["spot"])) if row["slot"] else None for row in found]
    assert broken_rules(problem, places) == []
    for row, place in zip(found, places, strict=True):
        members = row["people"].split(";")
        agreed = all(
            attendees[ids.index(one)]["consent"]["matching" if len(members) == 2 else "groups"]
            for one in members
        )
        assert place is None or agreed
        assert (row["status"], bool(row["cause"])) == (("planned", False) if place else ("left_over", True))
