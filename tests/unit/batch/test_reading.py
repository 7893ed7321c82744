"""Files as operators have them: packed, cut off, full of mistakes."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.batch.attendees import People, read_attendees
from entremise.plugin.batch.lines import LONGEST_LINE, numbered
from entremise.plugin.batch.problems import Problem, Problems
from entremise.plugin.batch.recommendations import read_recommendations, write_recommendations
from entremise.plugin.batch.tables import Decision, read_decisions, read_pairs, write_scores
from entremise.plugin.domain.errors import ConfigurationError


def _attendees(folder: Path, *lines: Any) -> str:
    path = folder / "people.jsonl"
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return str(path)


def _people(folder: Path, *ids: str) -> People:
    return read_attendees(_attendees(folder, *({"id": name} for name in ids)), Problems())


def _file(folder: Path, text: str, name: str = "table.csv") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_everything_but_the_id_may_be_missing_and_a_facet_may_be_a_text_or_a_list(tmp_path: Path) -> None:
    problems = Problems()
    people = read_attendees(
        _attendees(tmp_path, {"id": "a"}, {"id": "b", "interests": "tea", "needs": ["x", "y"]}), problems
    )
    assert len(problems) == 0
    assert people.profiles["a"].interests == ()
    assert people.profiles["b"].interests == ("tea",)
    assert people.profiles["b"].needs == ("x", "y")


def test_each_bad_line_is_left_out_and_told_with_its_number_field_and_reason(tmp_path: Path) -> None:
    problems = Problems()
    path = _attendees(
        tmp_path, {"id": "a"}, "{not json", "[1, 2]", {"id": "b", "seniority": 9}, {"id": "a"}, "", {"bio": "x"},
        {"id": "c", "offers": ["fine", 3]}, {"id": ""}, {"id": "d"},
    )  # fmt: skip
    people = read_attendees(path, problems)
    assert list(people.profiles) == ["a", "d"]
    assert [(problem.file, problem.line, problem.field) for problem in problems] == [
        (path, 2, ""), (path, 3, ""), (path, 4, "seniority"), (path, 5, "id"), (path, 7, "id"),
        (path, 8, "offers.1"), (path, 9, "id"),
    ]  # fmt: skip
    assert "line 1 already" in problems.found[3].reason
    assert str(problems.found[2]) == f"{path}:4: seniority: must be a whole number from 0 to 5"


def test_extra_and_unknown_keys_are_counted_and_dropped(tmp_path: Path) -> None:
    people = read_attendees(
        _attendees(
            tmp_path, {"id": "a", "extra": {"age": 40}, "shoe": 43}, {"id": "b", "shoe": 38, "extra": {}}
        ),
        Problems(),
    )
    assert people.unscored == {"shoe": 2, "extra": 1}
    assert people.profiles["a"].extra == {}


def test_facets_are_scored_unless_their_owner_hides_them_and_never_quoted_unless_shown(
    tmp_path: Path,
) -> None:
    people = read_attendees(
        _attendees(
            tmp_path, {"id": "a"}, {"id": "b", "visible": ["goals"]},
            {"id": "c", "visible": ["goals"], "hidden_for_matching": False},
            {"id": "d", "hidden_for_matching": None},
        ),
        Problems(),
    )  # fmt: skip
    may = {name: (one.may_score("bio"), one.may_score("goals")) for name, one in people.profiles.items()}
    assert may == {"a": (True, True), "b": (True, True), "c": (False, True), "d": (True, True)}
    assert people.profiles["b"].visible == ("goals",)


def test_only_who_agreed_and_did_not_cancel_may_be_suggested(tmp_path: Path) -> None:
    people = read_attendees(
        _attendees(
            tmp_path, {"id": "a", "consent": {"matching": True}}, {"id": "b"},
            {"id": "c", "consent": {"matching": True}, "presence": "cancelled"},
            {"id": "d", "consent": {"mentoring": True}},
        ),
        Problems(),
    )  # fmt: skip
    assert list(people.suggestible()) == ["a"]


def test_texts_in_files_may_be_as_long_as_abstracts_and_languages_may_be_codes(tmp_path: Path) -> None:
    problems = Problems()
    people = read_attendees(
        _attendees(tmp_path, {"id": "a", "offers": ["w" * 9000] * 2, "languages": ["L1", "en-GB"]}), problems
    )
    assert len(problems) == 0
    assert people.profiles["a"].languages == ("l1", "en")


def test_a_packed_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "people"
    path.write_bytes(gzip.compress(b'{"id": "a"}\n{"id": "b"}'))
    assert list(read_attendees(str(path), Problems()).profiles) == ["a", "b"]


def test_a_packed_file_that_is_cut_off_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"id": "a"}\n' * 1000)[:-20])
    with pytest.raises(ConfigurationError, match=r"people\.jsonl\.gz: "):
        read_attendees(str(path), Problems())


@pytest.mark.parametrize("pack", [False, True], ids=["plain", "packed"])
def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch, pack: bool) -> None:
    raw = b'{"id": "a"}\n'
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(gzip.compress(raw) if pack else raw)))  # type: ignore[type-var]
    monkeypatch.setattr(sys, "stdin", stdin)
    assert list(read_attendees("-", Problems()).profiles) == ["a"]


def test_a_line_that_is_no_utf_8_or_endless_is_left_out_alone(tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    path.write_bytes(b'\xff\xfe\n{"id": "a"}\n' + b"x" * (2 * LONGEST_LINE + 5) + b'\n{"id": "b"}\n')
    problems = Problems()
    assert list(read_attendees(str(path), problems).profiles) == ["a", "b"]
    assert [problem.line for problem in problems] == [1, 3]


@pytest.mark.parametrize("name", ["nobody.jsonl", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=str(tmp_path)):
        read_attendees(str(tmp_path / name), Problems())


def test_a_file_without_any_attendee_is_an_error_that_says_why(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not JSON"):
        read_attendees(_attendees(tmp_path, "id,name", "a,A"), Problems())


@given(st.lists(st.binary(max_size=60).map(lambda raw: raw.replace(b"\n", b" ")), max_size=8))
def test_whatever_bytes_come_every_line_is_either_read_or_told(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "people.jsonl"
    path.write_bytes(b'{"id": "known"}\n' + b"\n".join(lines))
    problems = Problems()
    people = read_attendees(str(path), problems)
    blank = sum(not line.strip() for line in lines)
    with_words = [number for number, line in enumerate(lines, start=2) if line.strip()]
    assert list(people.profiles) == ["known"]
    assert {problem.line for problem in problems} >= set(with_words) - _only_separators(lines)
    assert len(problems) <= len(lines) - blank + len(_only_separators(lines))


def _only_separators(lines: list[bytes]) -> set[int]:
    """Lines of characters that count as white space in text, though not in bytes, hold nothing, either."""
    return {
        number
        for number, line in enumerate(lines, start=2)
        if not line.decode(errors="replace").strip() and line.strip()
    }


def test_pairs_are_found_by_the_names_of_columns_and_each_bad_row_is_told(tmp_path: Path) -> None:
    people, problems = _people(tmp_path, "a", "b", "c"), Problems()
    path = _file(tmp_path, "note,b,a\nx,b,a\nx,nobody,a\nx,,a\nx,a,a\n\nx, c ,b,more\n")
    assert read_pairs(path, people, problems) == [("a", "b"), ("b", "c")]
    assert [(problem.line, problem.field) for problem in problems] == [(3, "b"), (4, "b"), (5, "b")]
    assert "'nobody' is not in" in problems.found[0].reason


def test_semicolons_and_a_byte_order_mark_are_what_spreadsheets_write(tmp_path: Path) -> None:
    people = _people(tmp_path, "a", "b")
    assert read_pairs(_file(tmp_path, '\ufeffa;b\n"a";b\n'), people, Problems()) == [("a", "b")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("a,c\na,b\n", "no column b"), ("", "no column a and no column b"), ("a,b\nx,y\n", "no pair of people")],
)
def test_a_file_without_pairs_is_an_error_that_says_why(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        read_pairs(_file(tmp_path, text), _people(tmp_path, "a", "b"), Problems())


def test_a_yes_has_many_words_and_the_last_decision_counts(tmp_path: Path) -> None:
    people, problems = _people(tmp_path, "a", "b", "c"), Problems()
    path = _file(tmp_path, "a,b,decision\na,b,1\na,c,FALSE\nb,a,Yes\nc,a,maybe\na,b,0\n")
    assert read_decisions(path, people, problems) == [
        Decision("a", "c", yes=False), Decision("b", "a", yes=True), Decision("a", "b", yes=False),
    ]  # fmt: skip
    assert problems.found == [Problem(path, 5, "decision", "must be 1 or 0, true or false, yes or no")]


def test_scores_are_written_so_that_none_become_equal(tmp_path: Path) -> None:
    import numpy as np

    near = np.float32(0.7)
    scores = [float(near), float(np.nextafter(near, np.float32(1))), 0.0]
    path = tmp_path / "out.csv"
    write_scores(str(path), [("a", "b"), ("a", "c, d"), ("b", "c")], scores)
    rows = path.read_text().splitlines()
    assert rows[0] == "a,b,score"
    assert rows[1].split(",")[2] != rows[2].split(",")[-1]
    assert rows[2].startswith('a,"c, d",')


def test_what_fails_half_way_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(ValueError, match="zip"):
        write_scores(str(path), [("a", "b"), ("a", "c")], [0.5])
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_is_written_into_and_a_link_stays_one(tmp_path: Path) -> None:
    device, link, file = tmp_path / "nothing", tmp_path / "link.csv", tmp_path / "file.csv"
    device.symlink_to("/dev/null")
    link.symlink_to(file)
    for path in (device, link):
        write_scores(str(path), [("a", "b")], [0.5])
        assert path.is_symlink()
    assert Path("/dev/null").is_char_device()
    assert file.read_text() == "a,b,score\na,b,0.5\n"


def test_lists_are_read_as_they_were_written_and_bad_ones_told(tmp_path: Path) -> None:
    people, problems = _people(tmp_path, "a", "b", "c"), Problems()
    item = {"person": "b", "score": 0.5}
    path = str(tmp_path / "lists.jsonl.gz")
    write_recommendations(
        path,
        [
            {"id": "a", "suggestions": [item, {"person": "c", "score": 0.25}]},
            {"id": "a", "suggestions": []},
            {"id": "x", "suggestions": []},
            {"id": "b", "suggestions": [item]},
            {"id": "c", "suggestions": [{"person": "b", "score": 2}]},
            {"id": "c", "suggestions": [{"person": "y", "score": 0.1}]},
        ],
    )
    listing = read_recommendations(path, people, problems)
    assert listing.lists == {"a": [("b", 0.5), ("c", 0.25)]}
    assert [(problem.line, problem.field) for problem in problems] == [
        (2, "id"), (3, "id"), (4, "suggestions"), (5, "suggestions.0.score"), (6, "suggestions.0.person"),
    ]  # fmt: skip


def test_progress_tells_how_far_a_big_file_is(tmp_path: Path) -> None:
    from collections.abc import Iterator
    from contextlib import contextmanager

    path = tmp_path / "many"
    path.write_text("x\n" * 200_000)
    steps: list[int] = []

    @contextmanager
    def phase(_name: str, total: int | None) -> Iterator[Any]:
        assert total == path.stat().st_size
        yield steps.append

    assert sum(1 for _ in numbered(str(path), Problems(), phase)) == 200_000
    assert 0.9 * path.stat().st_size < sum(steps) <= path.stat().st_size
