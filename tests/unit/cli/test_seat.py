"""``entremise seat``, as an organiser types it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from entremise.plugin.cli import main
from entremise.plugin.demo.conference import make_conference

Run = Callable[..., Result]
PEOPLE = [
    {"id": person.ref, **person.profile, "consent": {"groups": number != 5}}
    for number, person in enumerate(make_conference(seed=3, size=20).people)
]
IDS = [person["id"] for person in PEOPLE]
PLAN: dict[str, Any] = {
    "tables": [{"name": "Garden", "seats": 8, "step_free": True, "diets": ["vegan"]}, {"name": "Hall", "seats": 8}, {"seats": 6}],
    "meals": ["Lunch", "Dinner"], "together": [IDS[0:2]], "apart": [{"people": IDS[2:5], "meal": "Dinner"}],
    "pins": [{"person": IDS[6], "table": "Hall", "meal": "Lunch"}], "hosts": [*IDS[7:10], {"person": IDS[10], "table": "3"}],
    "step_free": [IDS[11]], "diets": {"kosher": []},
}  # fmt: skip
MATRIX = [[0, 5, 1, 1], [5, 0, 1, 1], [1, 1, 0, 5], [1, 1, 5, 0]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fitted_once: None) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENTREMISE_ENCODER", "lexical")
    Path("people.jsonl").write_text("".join(json.dumps(person) + "\n" for person in PEOPLE))

    def command(plan: Any, *words: str, code: int = 0) -> Result:
        Path("plan.json").write_text(json.dumps(plan))
        arguments = [
            "--log-level",
            "error",
            "seat",
            "--plan",
            "plan.json",
            "-o",
            "out.csv",
            "--effort",
            "0.1",
            *words,
        ]
        found = CliRunner().invoke(main, arguments)
        assert found.exit_code == code, (found.output, found.exception)
        return found

    return command


@pytest.fixture(scope="module")
def whole_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``seat`` writes for the whole plan, worked out once: the folder with table and pictures."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "people.jsonl").write_text("".join(json.dumps(person) + "\n" for person in PEOPLE))
    (folder / "plan.json").write_text(json.dumps(PLAN))
    given = [
        "--plan",
        "plan.json",
        "people.jsonl",
        "-o",
        "out.csv",
        "--picture",
        "tables.svg",
        "--effort",
        "0.1",
    ]
    with pytest.MonkeyPatch.context() as here:
        here.chdir(folder)
        here.setenv("ENTREMISE_ENCODER", "lexical")
        done = CliRunner().invoke(main, ["--log-level", "error", "seat", *given])
    assert done.exit_code == 0, (done.output, done.exception)
    return folder


def _seats(name: str | Path = "out.csv") -> dict[tuple[str, str], str]:
    with Path(name).open(encoding="utf-8") as stream:
        return {(row["id"], row.get("meal", "")): row["table"] for row in csv.DictReader(stream)}


def test_a_matrix_alone_is_a_plan(run: Run) -> None:
    done = run({"tables": 2, "capacity": 2, "affinity": MATRIX}, "--json")
    seats = _seats()
    assert seats["0", ""] == seats["1", ""] != seats["2", ""] == seats["3", ""]
    assert json.loads(done.stdout.splitlines()[-1])["worth"] == 10


def test_only_guests_with_a_seat_are_counted_as_seated(run: Run) -> None:
    done = run({"tables": 1, "capacity": 4, "affinity": MATRIX, "absent": ["3"]})
    assert done.stdout.startswith("3 guests have seats at 1 tables")


def test_rules_of_a_whole_plan_hold_at_every_meal(whole_plan: Path) -> None:
    seats = _seats(whole_plan / "out.csv")
    assert len(seats) == 40
    for meal in ("Lunch", "Dinner"):
        assert seats[IDS[0], meal] == seats[IDS[1], meal]
        assert seats[IDS[10], meal] == "3"
        assert seats[IDS[11], meal] == "Garden"
        used = {seats[person, meal] for person in IDS}
        assert used == {seats[host, meal] for host in IDS[7:11]} & used
    assert len({seats[person, "Dinner"] for person in IDS[2:5]}) == 3
    assert seats[IDS[6], "Lunch"] == "Hall"


def test_rules_that_contradict_each_other_are_named_and_nothing_is_written(run: Run) -> None:
    told = run({**PLAN, "apart": [IDS[0:2]]}, "people.jsonl", code=2).output
    assert f"together.0 ({IDS[0]}, {IDS[1]})" in told
    assert "apart.0" in told
    assert "pins" not in told
    assert not Path("out.csv").exists()


def test_acquaintances_that_no_table_can_hold_are_named(run: Run) -> None:
    told = run(
        {"tables": 2, "capacity": 2, "affinity": MATRIX}, "--minimum-acquaintances", "2", code=2
    ).output
    assert "impossible" in told or "no plan is possible" in told
    assert "minimum_acquaintances (2)" in told
    assert "tables (2 with 2 seats, 4 in all)" in told


def test_seats_of_before_are_kept(run: Run, whole_plan: Path) -> None:
    before = _seats(whole_plan / "out.csv")
    done = run(PLAN, "people.jsonl", "--previous", str(whole_plan / "out.csv"), "--json")
    report = json.loads(done.stdout.splitlines()[-1])
    moved = sum(table != before[seat] for seat, table in _seats().items())
    assert report["moved"] == moved <= 2


def test_the_picture_names_everybody_and_tells_no_needs(whole_plan: Path) -> None:
    pages = [whole_plan / "tables.svg", whole_plan / "tables-2.svg"]
    for page in pages:
        text = "".join(ET.parse(page).getroot().itertext())
        assert "Plan de table · Table plan" in text
        for person in PEOPLE:
            assert person["name"] in text
        for secret in ("vegan", "kosher", "step"):
            assert secret not in text
    written = (whole_plan / "out.csv").read_text()
    assert "vegan" not in written
    assert "step" not in written


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tables": 0}, "tables"),
        ({"tables": [{"name": "A", "seats": 2, "chairs": 3}]}, "tables.0.chairs"),
        ({"tables": [{"name": "A", "seats": 2}, {"name": "A", "seats": 2}]}, "tables.1"),
        ({"together": [[IDS[0]]]}, "together.0"),
        ({"together": [[IDS[0], "nobody"]]}, "together.0"),
        ({"pins": [{"person": IDS[0], "table": "none"}]}, "pins.0.table"),
        ({"apart": [{"people": IDS[:2], "meal": "Tea"}]}, "apart.0.meal"),
        ({"affinity": [[0, 1], [2, 0]]}, "affinity.1.0"),
        ({"minimum_acquaintances": 1}, "minimum_acquaintances"),
        ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_read_names_its_field(run: Run, change: dict[str, Any], field: str) -> None:
    told = run({**PLAN, "pins": [], "hosts": IDS[7:11], **change}, "people.jsonl", code=2).output
    assert f"plan.json: {field}" in told
