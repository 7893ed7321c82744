"""What is judged of lists does not depend on how it is counted."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from entremise.plugin.batch import evaluating
from entremise.plugin.batch.attendees import People, read_attendees
from entremise.plugin.batch.engine import Engine
from entremise.plugin.batch.plain import plain_lists
from entremise.plugin.batch.problems import Problems
from entremise.plugin.batch.recommendations import Listing
from entremise.plugin.demo.conference import make_conference


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    path = tmp_path_factory.mktemp("people") / "people.jsonl"
    lines = [
        orjson.dumps({"id": person.ref, **person.profile, "consent": {"matching": True}})
        for person in make_conference(seed=9, size=120).people
    ]
    path.write_bytes(b"\n".join(lines))
    return read_attendees(str(path), Problems())


def test_blocking_pairs_of_a_sample_are_about_those_of_all(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = list(people.profiles)
    listing = Listing("lists", {one: [(ids[place - 1], 0.1)] for place, one in enumerate(ids)})
    engine = Engine(people.suggestible(), encoder="lexical")
    every = evaluating.blocking(engine, people, listing, "connection")
    assert every.exact
    assert every.pairs > 1000
    monkeypatch.setattr(evaluating, "_MOST_PAIRS", 6000)
    some = evaluating.blocking(engine, people, listing, "connection")
    assert not some.exact
    assert some.pairs == pytest.approx(every.pairs, rel=0.1)


def test_plain_lists_hold_those_whose_words_are_shared(people: People) -> None:
    lists = plain_lists(people, 5)
    assert lists.keys() == people.profiles.keys()
    for owner, ranked in lists.items():
        scores = [score for _, score in ranked]
        assert owner not in dict(ranked)
        assert len(ranked) <= 5
        assert scores == sorted(scores, reverse=True)
        assert all(0 < score <= 1 for score in scores)


def test_people_who_wrote_nothing_have_plain_lists_of_nobody(tmp_path: Path) -> None:
    path = tmp_path / "silent.jsonl"
    path.write_bytes(
        b'{"id": "a", "consent": {"matching": true}}\n{"id": "b", "consent": {"matching": true}}'
    )
    assert plain_lists(read_attendees(str(path), Problems()), 5) == {"a": [], "b": []}
