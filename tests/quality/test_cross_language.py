"""French lines of profiles find the English ones that mean the same; the measure itself is put to the test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def cross_language(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT))
    import benchmarks.cross_language

    return benchmarks.cross_language


def knowing(cross_language: ModuleType, language: float = 0.0) -> Callable[[list[str]], NDArray[np.float64]]:
    """Return an encoder that knows every translation, and puts ``language`` into each vector."""
    known = cross_language.pairs()
    place = {line: row for row, pair in enumerate(known) for line in (pair.french, pair.english)}
    french = {pair.french for pair in known}

    def encode(texts: list[str]) -> NDArray[np.float64]:
        rows = np.zeros((len(texts), len(known) + 2))
        for row, text in enumerate(texts):
            rows[row, place[text]] = 1.0
            rows[row, len(known) + (text in french)] = language
        return rows

    return encode


def test_there_are_enough_pairs_with_near_misses_and_no_line_twice(cross_language: ModuleType) -> None:
    known = cross_language.pairs()
    assert len(known) >= 60
    assert len({line for pair in known for line in (pair.french, pair.english)}) == 2 * len(known)
    fields = Counter(pair.field for pair in known)
    assert min(fields.values()) >= 3
    assert {pair.facet for pair in known} >= {"need", "offer", "challenge", "goal"}


def test_who_knows_every_translation_is_always_right(cross_language: ModuleType) -> None:
    found = cross_language.measure(knowing(cross_language))
    assert {value for key, value in found.items() if key != "pairs"} == {1.0}


def test_who_also_looks_at_the_language_prefers_their_own(cross_language: ModuleType) -> None:
    found = cross_language.measure(knowing(cross_language, language=2.0))
    assert found["french_to_english"] == found["english_to_french"] == 1.0
    assert found["beats_same_language"] == 0.0


def test_who_knows_nothing_is_never_right(cross_language: ModuleType) -> None:
    found = cross_language.measure(lambda texts: np.ones((len(texts), 1)))
    assert {value for key, value in found.items() if key != "pairs"} == {0.0}


def test_tags_of_the_glossary_meet_without_any_encoder(cross_language: ModuleType) -> None:
    tags = [pair for pair in cross_language.pairs() if pair.field == "tags"]
    found = cross_language.measure(cross_language.by_glossary, tags)
    assert found["french_to_english"] == found["english_to_french"] == 1.0


@pytest.mark.slow
def test_with_the_multilingual_extra_french_finds_english(cross_language: ModuleType) -> None:
    alone = cross_language.measure(cross_language.by_encoder("multilingual"))
    beside = cross_language.measure(cross_language.with_glossary(cross_language.by_encoder("multilingual")))
    assert beside["french_to_english"] >= 0.95
    assert min(alone["french_to_english"], alone["english_to_french"], alone["beats_same_language"]) >= 0.90


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("multilingual", 0.9), ("static", 0.5)])
def test_people_are_matched_across_languages_in_a_fitted_space_too(
    cross_language: ModuleType, name: str, least: float
) -> None:
    matched = cross_language.measure(cross_language.by_space(cross_language.by_encoder(name)))
    assert min(matched["french_to_english"], matched["english_to_french"]) >= least


@pytest.mark.slow
@pytest.mark.parametrize("name", ["static", "english"])
def test_the_others_do_not_see_across_languages_what_the_glossary_does(
    cross_language: ModuleType, name: str
) -> None:
    alone = cross_language.measure(cross_language.by_encoder(name))
    beside = cross_language.measure(cross_language.with_glossary(cross_language.by_encoder(name)))
    assert alone["french_to_english"] < 0.5, "say in docs/how-to/choose-an-encoder.md that this has changed"
    assert beside["french_to_english"] > alone["french_to_english"]
