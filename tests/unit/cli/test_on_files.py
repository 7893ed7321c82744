"""The commands on files, as an operator types them, with the real engine on made-up people."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from entremise.plugin.cli import main
from entremise.plugin.demo.conference import make_conference

Run = Callable[..., Result]
Person = dict[str, Any]

PEOPLE: Sequence[Person] = [
    {"id": person.ref, **person.profile, "consent": {"matching": True}}
    for person in make_conference(seed=3, size=40).people
]
IDS = [person["id"] for person in PEOPLE]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fitted_once: None) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENTREMISE_ENCODER", "lexical")
    Path("people.jsonl").write_text(_lines(PEOPLE), encoding="utf-8")

    def command(*words: str, code: int = 0, **more: Any) -> Result:
        found = CliRunner().invoke(main, ["--log-level", "error", *words], **more)
        assert found.exit_code == code, (found.output, found.exception)
        return found

    return command


def _lines(people: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(person, ensure_ascii=False) + "\n" for person in people)


def _table(name: str, heading: str, rows: Iterable[Sequence[object]]) -> None:
    Path(name).write_text("\n".join([heading, *(",".join(map(str, row)) for row in rows)]) + "\n")


def _scores(name: str = "out.csv") -> dict[tuple[str, str], float]:
    with Path(name).open(encoding="utf-8") as stream:
        return {(row["a"], row["b"]): float(row["score"]) for row in csv.DictReader(stream)}


def _report(done: Result) -> Any:
    return json.loads(done.stdout.splitlines()[-1])


PAIRS = [(IDS[i], IDS[j]) for i in range(6) for j in range(6, 12)]


@pytest.mark.parametrize("kind", ["connection", "peer"])
def test_a_mutual_score_is_the_same_from_both_sides(run: Run, kind: str) -> None:
    _table("pairs.csv", "a,b", [*PAIRS, *((b, a) for a, b in PAIRS)])
    run("score", "people.jsonl", "pairs.csv", "--kind", kind, "-o", "out.csv")
    scores = _scores()
    assert list(scores) == [*PAIRS, *((b, a) for a, b in PAIRS)]
    assert all(scores[a, b] == scores[b, a] for a, b in PAIRS)
    assert all(0 <= score <= 1 for score in scores.values())
    assert len(set(scores.values())) > len(PAIRS) / 2


@pytest.mark.parametrize("kind", ["expert", "mentorship"])
def test_the_first_of_a_pair_is_the_one_who_seeks(run: Run, kind: str) -> None:
    seeker = {"id": "seeker", "needs": ["forecasting demand with few data"], "seniority": 1}
    expert = {"id": "expert", "offers": ["forecasting demand with few data"], "seniority": 4}
    Path("two.jsonl").write_text(_lines([seeker, expert, *PEOPLE]))
    _table("pairs.csv", "a,b", [("seeker", "expert"), ("expert", "seeker")])
    run("score", "two.jsonl", "pairs.csv", "--kind", kind, "-o", "out.csv")
    scores = _scores()
    assert scores["seeker", "expert"] > 2 * scores["expert", "seeker"]


def test_pairs_that_are_asked_for_are_scored_without_consent(run: Run) -> None:
    people = [{key: value for key, value in person.items() if key != "consent"} for person in PEOPLE]
    Path("silent.jsonl").write_text(_lines(people))
    _table("pairs.csv", "a,b", PAIRS)
    for name in ("people.jsonl", "silent.jsonl"):
        run("score", name, "pairs.csv", "--kind", "connection", "-o", f"{name}.csv")
    assert Path("people.jsonl.csv").read_bytes() == Path("silent.jsonl.csv").read_bytes()


def test_extra_and_unknown_keys_change_no_score_and_are_named_once(run: Run) -> None:
    rng = random.Random(1)
    more = [
        {**person, "extra": {"age": rng.randint(20, 70), "gender": rng.choice("fm")}, "shoe": 43}
        for person in PEOPLE
    ]
    Path("more.jsonl").write_text(_lines(more))
    _table("pairs.csv", "a,b", PAIRS)
    for name in ("people.jsonl", "more.jsonl"):
        done = run("score", name, "pairs.csv", "--kind", "connection", "-o", f"{name}.csv")
    assert Path("people.jsonl.csv").read_bytes() == Path("more.jsonl.csv").read_bytes()
    assert done.stderr.count("kept out of every score") == 1
    assert "extra (40), shoe (40)" in done.stderr


def test_what_somebody_hides_from_matching_changes_no_score(run: Run) -> None:
    hiding = {**PEOPLE[0], "visible": ["interests"], "hidden_for_matching": False}
    without = {key: hiding[key] for key in ("id", "interests", "visible", "hidden_for_matching", "languages")}
    for facet in ("organisation", "sector", "title", "seniority"):
        if facet in hiding:
            without[facet] = hiding[facet]
    _table("pairs.csv", "a,b", PAIRS[:6])
    told = {}
    for name, first in (("hiding", {**hiding, "needs": ["a secret"], "bio": "secret"}), ("without", without)):
        Path(f"{name}.jsonl").write_text(_lines([first, *PEOPLE[1:]]))
        run("score", f"{name}.jsonl", "pairs.csv", "--kind", "connection", "-o", f"{name}.csv")
        told[name] = Path(f"{name}.csv").read_bytes()
    assert told["hiding"] == told["without"]


def test_bad_lines_are_left_out_told_and_give_an_exit_code_of_their_own(run: Run) -> None:
    Path("some.jsonl").write_text('{"id": 1}\nnonsense\n' + _lines(PEOPLE))
    _table("pairs.csv", "a,b", [*PAIRS, ("nobody", IDS[0])])
    words = ("score", "some.jsonl", "pairs.csv", "--kind", "peer", "-o", "out.csv")
    said = run(*words, code=3).stderr.splitlines()
    assert said[0].startswith("some.jsonl:1: id: must be a text")
    assert said[1].startswith("some.jsonl:2: is not JSON")
    assert "pairs.csv:38: a: 'nobody' is not in some.jsonl" in said
    assert "3 lines were left out" in said
    assert list(_scores()) == PAIRS

    done = run(*words, "--json", code=3)
    problems = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(problem["file"], problem["line"], problem["field"]) for problem in problems] == [
        ("some.jsonl", 1, "id"), ("some.jsonl", 2, ""), ("pairs.csv", 38, "a"),
    ]  # fmt: skip
    assert all(problem["reason"] for problem in problems)
    assert _report(done)["left_out"] == 3


def test_files_may_be_packed_and_come_and_go_by_standard_streams(run: Run) -> None:
    _table("pairs.csv", "a,b", PAIRS)
    run("score", "people.jsonl", "pairs.csv", "--kind", "peer", "-o", "plain.csv")
    run(
        "score", "-", "pairs.csv", "--kind", "peer", "-o", "packed.csv.gz",
        input=gzip.compress(Path("people.jsonl").read_bytes()),
    )  # fmt: skip
    assert gzip.decompress(Path("packed.csv.gz").read_bytes()) == Path("plain.csv").read_bytes()
    done = run("score", "people.jsonl", "pairs.csv", "--kind", "peer", "-o", "-")
    assert done.stdout.encode() == Path("plain.csv").read_bytes()


def test_on_a_terminal_it_shows_how_far_it_is_and_for_a_program_it_does_not(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    _table("pairs.csv", "a,b", PAIRS)
    words = ("score", "people.jsonl", "pairs.csv", "--kind", "peer", "-o", "out.csv")
    assert run(*words).stderr == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    said = run(*words).stderr
    for phase in ("reading people.jsonl", "encoding 40 people", "scoring 36 pairs"):
        assert phase in said
    assert run(*words, "--json").stderr == ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nobody.jsonl", "pairs.csv"), "nobody.jsonl: No such file"),
        (("people.jsonl", "people.jsonl"), "no column a"),
        (("pairs.csv", "pairs.csv"), "no line of it is an attendee"),
        (("-", "-"), "only one file can be standard input"),
        (("people.jsonl", "pairs.csv", "--encoder", "nonsense"), "nonsense"),
        (("people.jsonl", "pairs.csv", "--out", "nowhere/out.csv"), "nowhere/out.csv"),
    ],
)
def test_what_cannot_be_done_at_all_is_said_in_one_line(run: Run, words: tuple[str, ...], says: str) -> None:
    _table("pairs.csv", "a,b", PAIRS)
    done = run("score", "-o", "out.csv", "--kind", "peer", *words, code=2, input="")
    assert says in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.output
    assert not Path("out.csv").exists()


def _decisions(name: str = "decisions.csv") -> list[tuple[str, str, int]]:
    """Everybody meets twenty others; some are wanted by nearly all, some say yes to nearly all."""
    rng = random.Random(7)
    wanted = {person: rng.random() for person in IDS}
    made = [
        (a, b, int(rng.random() < wanted[b])) for a in IDS for b in rng.sample([x for x in IDS if x != a], 20)
    ]
    _table(name, "a,b,decision", made)
    return made


def test_with_decisions_who_is_wanted_scores_higher_and_known_answers_count(run: Run) -> None:
    made = _decisions()
    got = {person: [yes for _, b, yes in made if b == person] for person in IDS}
    ranked = sorted(IDS, key=lambda person: sum(got[person]) / len(got[person]))
    known = {(a, b): yes for a, b, yes in made}
    pairs = [(a, b) for a in IDS[:10] for b in (ranked[0], ranked[-1]) if a != b]
    _table("pairs.csv", "a,b", pairs)
    run(
        "score",
        "people.jsonl",
        "pairs.csv",
        "--kind",
        "expert",
        "--decisions",
        "decisions.csv",
        "-o",
        "out.csv",
    )
    scores = _scores()
    for (a, b), score in scores.items():
        if (a, b) in known:
            assert score == known[a, b]
        else:
            assert (score > 0.5) == (b == ranked[-1])

    run(
        "score",
        "people.jsonl",
        "pairs.csv",
        "--kind",
        "connection",
        "--decisions",
        "decisions.csv",
        "-o",
        "out.csv",
    )
    for (a, b), score in _scores().items():
        if 0 in {known.get((a, b)), known.get((b, a))}:
            assert score == 0


def _same_organisation(count: int = 24) -> None:
    """People who want colleagues, and say so."""
    rng = random.Random(2)
    people = [
        {
            "id": f"x{n}",
            "organisation": f"office {n % 3}",
            "seniority": n % 6,
            "interests": [rng.choice(["tea", "go"])],
        }
        for n in range(count)
    ]
    Path("offices.jsonl").write_text(_lines(people))
    _table(
        "decisions.csv", "a,b,decision",
        [
            (one["id"], other["id"], int((one["organisation"] == other["organisation"]) != (rng.random() < 0.15)))
            for one in people for other in people if one is not other
        ],
    )  # fmt: skip


def test_weights_are_learnt_reported_on_others_and_used(run: Run) -> None:
    _same_organisation()
    done = run(
        "learn", "offices.jsonl", "decisions.csv", "--kind", "mentorship", "-o", "weights.json", "--json"
    )
    report = _report(done)
    assert report["gain"]["low"] > 0
    assert report["better"] is True
    assert report["auc"]["mean"] > 0.75
    weights = json.loads(Path("weights.json").read_text())
    of_kind = weights["weights"]["mentorship"]
    assert of_kind["organisation"] > 2 * of_kind["seniority_ahead"]
    assert weights["learnt"]["decisions"] == 24 * 23
    assert weights["learnt"]["out_of_fold"]["auc"] == report["auc"]

    _table("pairs.csv", "a,b", [("x0", "x3"), ("x0", "x4")])
    words = ("score", "offices.jsonl", "pairs.csv", "--kind", "mentorship", "-o", "out.csv")
    run(*words)
    before = _scores()
    run(*words, "--weights", "weights.json")
    after = _scores()
    assert after["x0", "x3"] - after["x0", "x4"] > before["x0", "x3"] - before["x0", "x4"]


def test_a_report_in_words_says_what_the_weights_are_worth(run: Run) -> None:
    _same_organisation()
    said = run("learn", "offices.jsonl", "decisions.csv", "--kind", "mentorship", "-o", "weights.json").stdout
    assert "AUC, learnt (out of fold)" in said
    assert "organisation" in said
    assert "better go on without" not in said


@pytest.mark.parametrize(
    ("rows", "says"),
    [([("x0", "x1", 1)], "at least 20"), ([("x0", f"x{n}", 1) for n in range(1, 24)], "both yes and no")],
)
def test_too_little_teaches_nothing(run: Run, rows: list[tuple[object, ...]], says: str) -> None:
    _same_organisation()
    _table("decisions.csv", "a,b,decision", rows)
    done = run("learn", "offices.jsonl", "decisions.csv", "--kind", "peer", "-o", "weights.json", code=2)
    assert says in done.stderr
    assert not Path("weights.json").exists()


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ("{", "weights.json:1: is not JSON"),
        ({"weights": {}}, "is not a file of weights"),
        ({"format": "entremise.weights.v1", "weights": {"friend": {}}}, "weights.friend: must be one of"),
        ({"format": "entremise.weights.v1", "weights": {"peer": {"shoe": 1}}}, "weights.peer.shoe: there is no such"),
        ({"format": "entremise.weights.v1", "weights": {"peer": {"about": -1}}}, "weights.peer.about: must be a number"),
        ({"format": "entremise.weights.v1", "weights": {"peer": {"doubt": 1}}}, "weights.peer: no term has any weight"),
    ],
)  # fmt: skip
def test_a_mistake_in_weights_is_named_by_its_place(run: Run, weights: Any, says: str) -> None:
    Path("weights.json").write_text(weights if isinstance(weights, str) else json.dumps(weights))
    _table("pairs.csv", "a,b", PAIRS)
    done = run(
        "score",
        "people.jsonl",
        "pairs.csv",
        "--kind",
        "peer",
        "-o",
        "out.csv",
        "--weights",
        "weights.json",
        code=2,
    )
    assert says in done.stderr


def _ring(lists: Mapping[str, Sequence[str]], name: str = "lists.jsonl") -> None:
    Path(name).write_text(
        _lines(
            {
                "id": owner,
                "suggestions": [
                    {"person": one, "score": 0.9 - place / 10} for place, one in enumerate(shown)
                ],
            }
            for owner, shown in lists.items()
        )
    )


def test_lists_are_judged_by_whom_they_reach_and_what_came_back(run: Run) -> None:
    one, two, three, *rest = IDS
    _ring({one: [two, three], two: [one], three: [one]})
    report = _report(run("evaluate", "people.jsonl", "lists.jsonl", "--json"))
    assert report["coverage"] == 3 / 40
    assert report["mutual_pairs"] == 2
    assert report["reciprocity"] == 1
    assert report["exposure"]["most"] == 2
    assert report["exposure"]["unseen"] == 37
    assert report["blocking_pairs_exact"] is True
    assert report["blocking_pairs"] > 0
    assert "churn" not in report

    _ring({one: [three, rest[0]], two: [one], three: [one]}, "new.jsonl")
    report = _report(
        run("evaluate", "people.jsonl", "new.jsonl", "--previous", "lists.jsonl", "--no-blocking", "--json")
    )
    assert report["churn"] == 1 / 4
    assert "blocking_pairs" not in report


def test_lists_that_foresee_answers_beat_plain_similarity(run: Run) -> None:
    rng = random.Random(5)
    liked = {person: rng.sample([one for one in IDS if one != person], 6) for person in IDS}
    _ring({person: shown[:5] for person, shown in liked.items()})
    said = [
        (person, other, int(other in liked[person]))
        for person in IDS
        for other in rng.sample([one for one in IDS if one not in {person, *liked[person]}], 6)
        + liked[person]
    ]
    _table("answers.csv", "a,b,decision", said)
    done = run(
        "evaluate", "people.jsonl", "lists.jsonl", "--decisions", "answers.csv", "--no-blocking", "--json"
    )
    decided = _report(done)["decided"]
    assert decided["persons"] == 40
    assert decided["lists"]["auc"]["mean"] > 0.85
    assert decided["gain"]["auc"]["low"] > 0
    assert decided["gain"]["ndcg"]["low"] > 0
    words = run(
        "evaluate", "people.jsonl", "lists.jsonl", "--decisions", "answers.csv", "--no-blocking"
    ).stdout
    assert "NDCG@10" in words
    assert "Gini" in words


def test_who_is_listed_without_consent_is_counted(run: Run) -> None:
    Path("some.jsonl").write_text(_lines([*PEOPLE[:5], {"id": "silent"}]))
    _ring({IDS[0]: ["silent", IDS[1]], IDS[1]: [IDS[0]]})
    report = _report(run("evaluate", "some.jsonl", "lists.jsonl", "--no-blocking", "--json"))
    assert report["without_consent"] == 1
    assert report["people"] == 5
    assert report["mutual_pairs"] == 1


def _lists(name: str = "lists.jsonl") -> dict[str, list[Person]]:
    told = [json.loads(line) for line in Path(name).read_text(encoding="utf-8").splitlines()]
    return {one["id"]: one["suggestions"] for one in told}


@pytest.mark.parametrize("kind", ["connection", "peer", "expert"])
def test_everybody_gets_a_list_with_reasons_within_floor_and_cap(run: Run, kind: str) -> None:
    report = _report(
        run(
            "recommend", "people.jsonl", "-o", "lists.jsonl", "--kind", kind, "--length", "5", "--floor", "2",
            "--cap", "9", "--json",
        )
    )  # fmt: skip
    lists = _lists()
    assert list(lists) == IDS
    shown = [item["person"] for items in lists.values() for item in items]
    counts = {person: shown.count(person) for person in IDS}
    assert report["exposure"]["least"] == min(counts.values())
    assert report["exposure"]["most"] == max(counts.values()) <= 9
    assert report["below_floor"] == sum(count < 2 for count in counts.values())
    assert report["listed"] == 40
    for owner, items in lists.items():
        assert owner not in {item["person"] for item in items}
        assert [item["rank"] for item in items] == list(range(1, len(items) + 1))
        assert [item["score"] for item in items] == sorted((item["score"] for item in items), reverse=True)
    if kind == "connection":
        assert report["exposure"]["least"] >= 2
        assert any(item["for_you"] and item["for_them"] for items in lists.values() for item in items)


def test_scores_on_lists_are_those_of_the_pairs(run: Run) -> None:
    run("recommend", "people.jsonl", "-o", "lists.jsonl", "--length", "3")
    items = [(owner, item) for owner, shown in _lists().items() for item in shown]
    _table("pairs.csv", "a,b", [(owner, item["person"]) for owner, item in items])
    run("score", "people.jsonl", "pairs.csv", "--kind", "connection", "-o", "out.csv")
    assert list(_scores().values()) == pytest.approx([item["score"] for _, item in items], rel=1e-6)


def test_reasons_are_in_the_readers_language_and_quote_only_what_is_visible(run: Run) -> None:
    secret = "basket weaving under water"
    french = {
        "id": "f", "languages": ["fr", "en"], "needs": [secret], "interests": ["night trains"],
        "consent": {"matching": True}, "visible": ["interests", "languages"],
    }  # fmt: skip
    english = {
        "id": "e", "languages": ["en"], "offers": [secret], "interests": ["night trains"],
        "consent": {"matching": True}, "visible": ["interests", "offers", "languages"],
    }  # fmt: skip
    Path("two.jsonl").write_text(_lines([french, english]))
    run("recommend", "two.jsonl", "-o", "lists.jsonl", "--floor", "0")
    told = Path("lists.jsonl").read_text(encoding="utf-8")
    assert "night trains" in told
    assert secret not in told
    languages = {one["id"]: one["language"] for one in map(json.loads, told.splitlines())}
    assert languages == {"f": "fr", "e": "en"}
    lists = _lists()
    assert lists["f"][0]["for_you"][0]["text"] != lists["e"][0]["for_you"][0]["text"]


def test_nobody_is_listed_without_consent_or_after_cancelling(run: Run) -> None:
    people = [dict(person) for person in PEOPLE]
    people[0].pop("consent")
    people[1]["consent"] = {"matching": False, "mentoring": True}
    people[2]["presence"] = "cancelled"
    Path("some.jsonl").write_text(_lines(people))
    done = run("recommend", "some.jsonl", "-o", "lists.jsonl")
    assert "left out: 2 without consent to matching, 1 cancelled" in done.stdout
    told = Path("lists.jsonl").read_text(encoding="utf-8")
    assert not [person for person in IDS[:3] if f'"{person}"' in told]
    assert len(_lists()) == 37


def test_nobody_agreed_is_nothing_to_do(run: Run) -> None:
    Path("none.jsonl").write_text(_lines({"id": person} for person in IDS))
    done = run("recommend", "none.jsonl", "-o", "lists.jsonl", code=2)
    assert "0 of 40 people agreed to be suggested" in done.stderr


def test_a_floor_above_the_cap_is_refused(run: Run) -> None:
    done = run("recommend", "people.jsonl", "-o", "lists.jsonl", "--floor", "9", "--cap", "4", code=2)
    assert "floor (9) is above the cap (4)" in done.stderr


def test_previous_lists_are_kept_unless_somebody_is_clearly_better(run: Run) -> None:
    words = ("recommend", "people.jsonl", "--length", "4", "--json")
    run(*words, "-o", "first.jsonl")
    assert _report(run(*words, "-o", "same.jsonl", "--previous", "first.jsonl"))["churn"] == 0

    newcomers = [{**person, "id": f"new-{person['id']}"} for person in PEOPLE[:10]]
    Path("people.jsonl").write_text(_lines([*PEOPLE, *newcomers]))
    kept = _report(run(*words, "-o", "kept.jsonl", "--previous", "first.jsonl"))["churn"]
    run(*words, "-o", "anew.jsonl")
    judged = (
        "evaluate",
        "people.jsonl",
        "anew.jsonl",
        "--previous",
        "first.jsonl",
        "--no-blocking",
        "--json",
    )
    assert 0 < kept < _report(run(*judged))["churn"]
    assert any(item["person"].startswith("new-") for items in _lists("kept.jsonl").values() for item in items)


def test_who_said_no_is_not_suggested_again_and_the_wanted_come_first(run: Run) -> None:
    made = _decisions()
    run("recommend", "people.jsonl", "-o", "lists.jsonl", "--decisions", "decisions.csv", "--floor", "0")
    refused = {(a, b) for a, b, yes in made if not yes}
    listed = [(owner, item["person"]) for owner, items in _lists().items() for item in items]
    assert listed
    assert not [pair for pair in listed if pair in refused or pair[::-1] in refused]


def test_the_same_file_gives_the_same_bytes_in_whatever_order_its_lines_are(run: Run) -> None:
    run("recommend", "people.jsonl", "-o", "one.jsonl", "--length", "4")
    Path("turned.jsonl").write_text(_lines(reversed(PEOPLE)))
    run("recommend", "turned.jsonl", "-o", "other.jsonl", "--length", "4")
    assert sorted(Path("one.jsonl").read_text().splitlines()) == sorted(
        Path("other.jsonl").read_text().splitlines()
    )
