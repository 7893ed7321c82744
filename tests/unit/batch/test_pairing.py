"""``entremise pair`` as an organiser types it, with the real engine on made-up people, and its pictures as a printer sees them."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.checks import pairs as checks
from entremise.plugin.batch.pair_files import LeftOver, Paired
from entremise.plugin.batch.pairs_picture import draw
from entremise.plugin.cli import main
from entremise.plugin.demo.conference import make_conference
from entremise.plugin.domain.model import Profile
from entremise.plugin.services.pictures.lettering import width, wrapped
from entremise.plugin.services.pictures.pairs import HEIGHT, WIDTH

Run = Callable[..., Result]
PEOPLE: Sequence[dict[str, Any]] = [
    {"id": person.ref, **person.profile} for person in make_conference(seed=3, size=60).people
]
OF = {person["id"]: person for person in PEOPLE}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fitted_once: None) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENTREMISE_ENCODER", "lexical")
    _write("people.jsonl", PEOPLE)

    def command(*words: str, code: int = 0) -> Result:
        found = CliRunner().invoke(main, ["--log-level", "error", "pair", *words])
        assert found.exit_code == code, (found.output, found.exception)
        return found

    return command


def _write(name: str, people: Iterable[Mapping[str, Any]]) -> None:
    Path(name).write_text("".join(json.dumps(person) + "\n" for person in people), encoding="utf-8")


def _rows(name: str) -> list[dict[str, str]]:
    with Path(name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _pairs(name: str) -> list[tuple[str, str]]:
    return [(row["mentee"], row["mentor"]) for row in _rows(name)]


def _allowed(people: Mapping[str, Mapping[str, Any]], mentee: str, mentor: str) -> bool:
    one, other = people[mentee], people[mentor]
    modes = {one.get("mode", "both"), other.get("mode", "both")}
    return (
        one["consent"]["mentoring"] and other["consent"]["mentoring"]
        and one["mentoring"]["role"] in {"mentee", "both"} and other["mentoring"]["role"] in {"mentor", "both"}
        and one.get("presence") != "cancelled" and other.get("presence") != "cancelled"
        and ("both" in modes or len(modes) == 1)
        and bool({tag[:2] for tag in one["languages"]} & {tag[:2] for tag in other["languages"]})
        and other.get("seniority", 9) - one.get("seniority", -9) >= 1
    )  # fmt: skip


def _broken(pairs: Sequence[tuple[str, str]], people: Mapping[str, Mapping[str, Any]] = OF) -> list[str]:
    """Ask the checker from outside."""
    ids = list(people)
    numbered = [(ids.index(mentee), ids.index(mentor)) for mentee, mentor in pairs]
    return checks.broken(
        numbered, capacities=[people[person]["mentoring"].get("capacity", 1) for person in ids],
        allowed=lambda mentee, mentor: _allowed(people, ids[mentee], ids[mentor]),
    )  # fmt: skip


@pytest.mark.parametrize("how", [(), ("--balance", "0.2"), ("--stable", "mentees"), ("--stable", "mentors")])
def test_everybody_in_a_plan_agreed_and_no_rule_is_broken(run: Run, how: tuple[str, ...]) -> None:
    told = json.loads(run("people.jsonl", "-o", "out.csv", "--json", *how).stdout.splitlines()[-1])
    pairs = _pairs("out.csv")
    assert pairs
    assert _broken(pairs) == []
    assert told["pairs"] == len(pairs)
    assert told["mentees"] == len(pairs) + sum(told["left_over"].values())
    assert told["blocking_pairs"] == 0 or "--stable" not in how
    assert "--stable" in how or told["proved_gap"] < 1e-9


def test_who_says_no_to_mentoring_is_in_no_plan_and_not_even_left_over(run: Run) -> None:
    asked = _pairs_of(run)
    silent = {asked[0][0], asked[1][1]}
    people = [
        {**person, "consent": {**person["consent"], "mentoring": person["id"] not in silent and person["consent"]["mentoring"]}}
        for person in PEOPLE
    ]  # fmt: skip
    _write("people.jsonl", people)
    run("people.jsonl", "-o", "out.csv", "--left-over", "alone.csv", "--picture", "out.svg")
    named = {name for pair in _pairs("out.csv") for name in pair} | {
        row["mentee"] for row in _rows("alone.csv")
    }
    assert not named & silent
    assert _broken(_pairs("out.csv"), {person["id"]: person for person in people}) == []


def test_pins_stand_vetoes_part_and_what_cannot_be_is_named_by_its_line(run: Run) -> None:
    (mentee, mentor), *_, (other, theirs) = _pairs_of(run)
    Path("pins.csv").write_text(f"mentee,mentor\n{mentee},{mentor}\n{mentor},{mentee}\nnobody,{mentor}\n")
    Path("vetoes.csv").write_text(f"a,b\n{theirs},{other}\n")
    done = run(
        "people.jsonl",
        "-o",
        "out.csv",
        "--pins",
        "pins.csv",
        "--vetoes",
        "vetoes.csv",
        "--pause",
        theirs,
        code=3,
    )
    rows = {(row["mentee"], row["mentor"]): row for row in _rows("out.csv")}
    assert rows[mentee, mentor]["pinned"] == "1"
    assert (other, theirs) not in rows
    assert theirs not in {pair[1] for pair in rows}
    assert "pins.csv:3: " in done.stderr
    assert "pins.csv:4: mentee: 'nobody' is not in people.jsonl" in done.stderr


def test_a_pin_that_stands_there_twice_is_one_pin(run: Run) -> None:
    (mentee, mentor), *_ = _pairs_of(run)
    Path("pins.csv").write_text(f"mentee,mentor\n{mentee},{mentor}\n{mentee},{mentor}\n")
    report = json.loads(
        run("people.jsonl", "-o", "out.csv", "--pins", "pins.csv", "--json").stdout.splitlines()[-1]
    )
    assert (report["pinned"], report["pins_refused"]) == (1, 0)


def test_a_veto_beats_a_pin_and_the_line_says_so(run: Run) -> None:
    mentee, mentor = _pairs_of(run)[0]
    Path("pins.csv").write_text(f"mentee,mentor\n{mentee},{mentor}\n")
    Path("vetoes.csv").write_text(f"a,b\n{mentor},{mentee}\n")
    done = run("people.jsonl", "-o", "out.csv", "--pins", "pins.csv", "--vetoes", "vetoes.csv", code=3)
    assert (mentee, mentor) not in _pairs("out.csv")
    assert "pins.csv:2: mentor: cannot be pinned: the two are not to be paired" in done.stderr


def test_pairs_of_before_stay_and_what_that_costs_is_told(run: Run) -> None:
    before = _pairs_of(run)
    gone = before[0][0]
    _write("people.jsonl", [person for person in PEOPLE if person["id"] != gone])
    done = run("people.jsonl", "-o", "new.csv", "--previous", "out.csv", "--json")
    told = json.loads(done.stdout.splitlines()[-1])["previous"]
    stay = [pair for pair in _pairs("new.csv") if pair in before]
    assert told["kept"] == len(stay) >= 0.9 * told["still_possible"]
    assert told["still_possible"] == len(before) - 1
    assert {(row["mentee"], row["mentor"]) for row in _rows("new.csv") if row["kept"] == "1"} == set(stay)


def test_who_is_left_over_is_told_why_in_both_languages(run: Run) -> None:
    mentor = _pairs_of(run)[0][1]
    few = [
        {**person, "mentoring": {"role": "mentee"}}
        if person["mentoring"]["role"] == "mentor" and person["id"] != mentor
        else {**person, "mentoring": {**person["mentoring"], "capacity": 1}}
        for person in PEOPLE[:40]
        if person["mentoring"]["role"] != "both"
    ]
    _write("few.jsonl", few)
    run("few.jsonl", "-o", "out.csv", "--left-over", "alone.csv", "--circles", "peers.csv")
    assert len(_rows("out.csv")) == 1
    rows = _rows("alone.csv")
    alone = {row["mentee"] for row in rows}
    circles: dict[str, list[str]] = {}
    for row in _rows("peers.csv"):
        circles.setdefault(row["group"], []).append(row["id"])
    assert circles
    for members in circles.values():
        assert 3 <= len(members) <= 5
        assert alone.issuperset(members)
        assert all(OF[member]["consent"]["groups"] for member in members)
    assert {"full", "seniority"} <= {row["reason"] for row in rows}
    assert all(row["en"].endswith(".") and row["fr"].endswith(".") and row["en"] != row["fr"] for row in rows)


def test_a_file_in_which_nobody_agreed_says_so(run: Run) -> None:
    _write("none.jsonl", [{**person, "consent": {"matching": True}} for person in PEOPLE])
    done = run("none.jsonl", "-o", "out.csv", code=2)
    assert "none of 60 people agreed to mentoring (consent.mentoring true) as mentee" in done.stderr
    assert not Path("out.csv").exists()


def test_the_picture_says_everything_in_words_and_on_pages_that_fit(run: Run) -> None:
    run("people.jsonl", "-o", "out.csv", "--picture", "out.svg")
    pages = [ET.parse(path).getroot() for path in sorted(Path().glob("out*.svg"))]
    said = " ".join(text for page in pages for text in page.itertext())
    for mentee, mentor in _pairs("out.csv"):
        assert OF[mentee]["name"] in said
        assert OF[mentor]["name"] in said
    for page in pages:
        assert page.get("role") == "img"
        assert [page.find(f"{SVG}{tag}").get("id") for tag in ("title", "desc")] == ["title", "desc"]  # type: ignore[union-attr]


names = st.text(min_size=1, max_size=255)


@settings(max_examples=30, deadline=None)
@given(st.lists(names, min_size=1, max_size=30), st.integers(1, 9), st.booleans())
def test_no_text_leaves_its_card_or_the_page_whatever_people_are_called(
    tmp_path_factory: pytest.TempPathFactory, called: list[str], most: int, alone: bool
) -> None:
    profiles = {
        str(number): Profile(
            name=name, title=name[::-1], organisation="W" * 80, visible=("title", "organisation")
        )
        for number, name in enumerate(called)
    }
    ids = list(profiles)
    pairs = [Paired(mentee, ids[0], 0.5, True, False) for mentee in ids[1:][: most * 3]]
    left = [LeftOver(one, "full", 1) for one in ids[1:][most * 3 :]] if alone else []
    folder = tmp_path_factory.mktemp("picture")
    for page in draw(str(folder / "p.svg"), pairs, left, profiles):
        root = ET.parse(page).getroot()
        boxes = [_box(card) for card in root.findall(f"{SVG}rect")]
        assert all(
            x >= 0 and x + wide <= WIDTH and y >= 0 and y + tall <= HEIGHT for x, y, wide, tall in boxes
        )
        for line in root.findall(f"{SVG}text"):
            if line.get("text-anchor"):
                continue
            x, y = float(line.get("x", 0)), float(line.get("y", 0))
            ends = x + width(
                line.text or "", float(line.get("font-size", 0)), bold=line.get("font-weight") == "700"
            )
            holding = [
                box for box in boxes if box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]
            ]
            assert ends <= min(box[0] + box[2] for box in holding) + 0.01


@given(st.text(max_size=80), st.floats(20, 100))
def test_wrapping_loses_nothing_that_can_be_seen(text: str, room: float) -> None:
    lines = wrapped(text, room, 3.0)
    assert all(width(line.text, 3.0) <= room for line in lines)
    seen = "".join(letter for letter in text if letter.isprintable() and not letter.isspace())
    kept = "".join(line.text for line in lines)
    assert "".join(letter for letter in kept if letter.isprintable() and not letter.isspace()) == seen


def _box(card: ET.Element) -> tuple[float, float, float, float]:
    x, y, wide, tall = (float(card.get(name, 0)) for name in ("x", "y", "width", "height"))
    return x, y, wide, tall


def _pairs_of(run: Run) -> list[tuple[str, str]]:
    run("people.jsonl", "-o", "out.csv")
    return _pairs("out.csv")
