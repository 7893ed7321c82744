"""``entremise circle`` on files, as an organiser types it; what it writes is checked from outside."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.checks import circles as checks
from entremise.plugin.batch.circle_files import read_range
from entremise.plugin.cli import main
from entremise.plugin.demo.conference import make_conference

Run = Callable[..., Result]
Person = Mapping[str, Any]
PEOPLE: Sequence[Person] = [
    {"id": person.ref, **person.profile, "consent": {"groups": number % 12 != 11}, "mode": "both"}
    for number, person in enumerate(make_conference(seed=3, size=48).people)
]
AGREED = [person["id"] for person in PEOPLE if person["consent"]["groups"]]
FLUENT: Sequence[Person] = [{**person, "languages": ["en", "fr"]} for person in PEOPLE]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fitted_once: None) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENTREMISE_ENCODER", "lexical")
    _people(FLUENT)

    def command(*words: str, code: int = 0) -> Result:
        typed = [
            "--log-level",
            "error",
            "circle",
            "people.jsonl",
            "-o",
            "out.csv",
            "--effort",
            "0.1",
            *words,
        ]
        found = CliRunner().invoke(main, typed)
        assert found.exit_code == code, (found.output, found.exception)
        return found

    return command


def _people(people: Iterable[Person]) -> None:
    Path("people.jsonl").write_text("".join(json.dumps(person) + "\n" for person in people), encoding="utf-8")


def _placed(name: str = "out.csv") -> dict[tuple[str, int], int]:
    with Path(name).open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {(row["id"], int(row.get("round", 1))): int(row["group"]) for row in rows if row["group"]}


def _by_id(people: Iterable[Person]) -> dict[str, Person]:
    return {person["id"]: person for person in people}


def _report(done: Result) -> Any:
    return json.loads(done.stdout.splitlines()[-1])


def test_sizes_are_as_asked_and_only_who_agreed_is_placed(run: Run) -> None:
    Path("sizes.json").write_text("[5, 4, 6, 5, 4, 5, 5, 5, 5]")
    done = run("--sizes", "sizes.json", "--json")
    assert checks.broken_rules(_by_id(FLUENT), _placed(), sizes=[5, 4, 6, 5, 4, 5, 5, 5, 5]) == []
    assert [person for person, _ in _placed()] == AGREED
    found = _report(done)
    assert (found["agreed"], found["without_consent"], found["circles"]) == (44, 4, [9])
    assert found["worth"] > 2 * found["worth_of_strangers"]


def test_without_sizes_there_are_circles_of_three_to_eight(run: Run) -> None:
    done = run()
    assert checks.broken_rules(_by_id(FLUENT), _placed()) == []
    assert len(_placed()) == len(AGREED)
    assert "44 people are in 9 circles" in done.stdout
    assert "4 without consent to groups" in done.stdout


def test_all_of_a_circle_have_a_language_and_who_has_none_is_left_over_with_the_reason(run: Run) -> None:
    people = [*PEOPLE, {"id": "alone", "languages": ["fi"], "consent": {"groups": True}}]
    _people(people)
    done = run("--json")
    assert checks.broken_rules(_by_id(people), _placed()) == []
    assert _report(done)["left_over"]["alone"] == "language"
    assert "alone," in Path("out.csv").read_text().splitlines()


def test_rules_of_the_organiser_hold(run: Run) -> None:
    a, b, c, d, e = AGREED[:5]
    rules = {"together": [[a, b]], "apart": [[a, c], [b, d]], "pins": {e: 3}, "hosts": AGREED[5:25]}
    Path("rules.json").write_text(json.dumps(rules))
    run("--rules", "rules.json", "--mixed", "soft")
    found = checks.broken_rules(
        _by_id(FLUENT), _placed(), together=[[a, b]], apart=[(a, c), (b, d)], pins={e: 3}, hosts=AGREED[5:25]
    )
    assert found == []


def test_hard_mixing_keeps_colleagues_apart(run: Run) -> None:
    run("--mixed", "hard")
    assert checks.broken_rules(_by_id(FLUENT), _placed(), hard=True) == []


def test_over_several_rounds_nobody_meets_anybody_again(run: Run) -> None:
    _people(FLUENT[:27])
    run("--rounds", "2", "--size", "5", "--mixed", "any")
    assert Path("out.csv").read_text().startswith("id,round,group\n")
    assert {number for _, number in _placed()} == {1, 2}
    assert checks.broken_rules(_by_id(FLUENT), _placed(), bounds=(5, 5)) == []


def test_who_has_a_circle_mostly_stays_in_it(run: Run) -> None:
    run("--leave-over")
    Path("out.csv").rename("old.csv")
    before = _placed("old.csv")
    gone = AGREED[7]
    _people([person for person in FLUENT if person["id"] != gone])
    done = run("--previous", "old.csv", "--json", code=3)
    assert f"{gone!r} is not in people.jsonl" in done.stderr
    after = _placed()
    same = sum(after[person] == group for person, group in before.items() if person in after)
    assert same >= 0.95 * len(after)
    assert _report(done)["kept"]["people"] == pytest.approx(same / len(after))


def test_what_a_circle_could_talk_about_is_written_with_evidence(run: Run) -> None:
    run("--topics", "topics.jsonl")
    circles = [json.loads(line) for line in Path("topics.jsonl").read_text().splitlines()]
    assert sorted(person for circle in circles for person in circle["people"]) == sorted(AGREED)
    assert sum(len(circle["topics"]) for circle in circles) > len(circles)
    assert [wrong for circle in circles for wrong in checks.untrue_topics(_by_id(FLUENT), circle)] == []
    named = [topic["concept"] for circle in circles for topic in circle["topics"] if topic["concept"]]
    assert named
    assert all(set(name) == {"en", "fr"} for name in named)


FACETS = ("interests", "challenges", "goals", "offers", "needs", "bio")


@given(st.lists(st.sets(st.sampled_from(FACETS)), min_size=4, max_size=4))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_word_of_a_facet_that_is_not_shown_is_ever_written(run: Run, shown: list[set[str]]) -> None:
    people = [
        {
            "id": f"p{number}", "consent": {"groups": True}, "visible": sorted(shown[number % 4]),
            **{facet: f"harbour cranes and machine learning for {facet}secret{number}" for facet in FACETS},
        }
        for number in range(8)
    ]  # fmt: skip
    _people(people)
    run("--topics", "topics.jsonl", "--size", "4")
    written = Path("topics.jsonl").read_text()
    circles = [json.loads(line) for line in written.splitlines()]
    assert [wrong for circle in circles for wrong in checks.untrue_topics(_by_id(people), circle)] == []
    for number, person in enumerate(people):
        for facet in FACETS:
            assert facet in person["visible"] or f"{facet}secret{number}" not in written


@pytest.mark.parametrize(
    ("files", "words", "said"),
    [
        ({"s.json": "[4, 4]"}, ["--sizes", "s.json"], "sizes: they add up to 8, and 44 people agreed"),
        ({"s.json": "[4, 0]"}, ["--sizes", "s.json"], "s.json: [1]: must be a whole number"),
        ({"s.json": "{}"}, ["--sizes", "s.json"], "s.json: must be a list of group sizes"),
        ({"s.json": "[4"}, ["--sizes", "s.json"], "s.json: is not JSON"),
        (
            {"r.json": '{"apart": [["nobody", "x"]]}'},
            ["--rules", "r.json"],
            "r.json: apart.0: 'nobody' is not in",
        ),
        ({"r.json": '{"apart": "x"}'}, ["--rules", "r.json"], "r.json: apart: must be a list"),
        ({"r.json": '{"far": []}'}, ["--rules", "r.json"], "r.json: far: is no rule"),
        (
            {"r.json": json.dumps({"pins": {AGREED[0]: "x"}})},
            ["--rules", "r.json"],
            "must be the number of a group",
        ),
        ({"r.json": json.dumps({"pins": {AGREED[0]: 99}})}, ["--rules", "r.json"], "no circles: pins"),
        ({"r.json": json.dumps({"hosts": AGREED[:2]})}, ["--rules", "r.json"], "no circles: hosts: "),
        (
            {"r.json": json.dumps({"pins": {PEOPLE[11]["id"]: 1}})},
            ["--rules", "r.json"],
            "did not agree to groups",
        ),
        ({}, ["--size", "8:3"], "must be two numbers like 3:8"),
        ({}, ["--size", "3:8", "--aim", "9"], "--aim must be between 3 and 8"),
        ({"s.json": "[4]"}, ["--sizes", "s.json", "--size", "3:8"], "--size and --aim go without it"),
        ({}, ["--size", "60:80"], "no circles: one circle takes 60 people and 44 agreed"),
    ],
)
def test_what_cannot_be_done_is_named(
    run: Run, files: Mapping[str, str], words: list[str], said: str
) -> None:
    for name, text in files.items():
        Path(name).write_text(text)
    done = run(*words, code=2)
    assert said in " ".join(done.output.split()), done.output
    assert not Path("out.csv").exists()


def test_without_anybody_who_agreed_it_says_so(run: Run) -> None:
    _people({**person, "consent": {"matching": True}} for person in PEOPLE)
    assert "0 of 48 people agreed to groups" in run(code=2).output


def test_a_line_of_before_that_cannot_be_used_is_named(run: Run) -> None:
    Path("old.csv").write_text(f"id,group\n{AGREED[0]},x\n{AGREED[1]},1\n{AGREED[1]},2\n{AGREED[2]},\n")
    done = run("--previous", "old.csv", code=3)
    assert "old.csv:2: group: must be the number of a group" in done.stderr
    assert "old.csv:4: id: stands on an earlier line already" in done.stderr


@pytest.mark.parametrize("text", ["", "3-8", "1:4", "8:3", "3:", "3:9999"])
def test_bounds_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="two numbers"):
        read_range(text)
