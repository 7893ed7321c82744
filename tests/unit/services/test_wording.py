"""Sentences: the same ones in every language, well set in French, and whole whatever people write."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.engine.topics import Kind
from entremise.plugin.services import present, reasons, wording
from entremise.plugin.services.wording import LANGUAGES, language_name, reading_language, say

CATALOGUES = {
    path.stem: orjson.loads(path.read_bytes())
    for path in (Path(wording.__file__).parent.parent / "locales").glob("*.json")
    if "." not in path.stem  # person.fr.json belongs to the personal page
}
SENTENCES = [(language, key) for language in LANGUAGES for key in CATALOGUES[language]["sentences"]]


def test_there_is_one_catalogue_for_each_language_and_all_say_the_same_things() -> None:
    assert set(CATALOGUES) == set(LANGUAGES)
    one, *others = CATALOGUES.values()
    for other in others:
        assert one["sentences"].keys() == other["sentences"].keys()
        assert one["languages"].keys() == other["languages"].keys()
        assert one["causes"].keys() == other["causes"].keys()


def test_a_sentence_has_the_same_gaps_in_every_language() -> None:
    def gaps(sentence: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(sentence) if name}

    for key in CATALOGUES["en"]["sentences"]:
        assert len({frozenset(gaps(catalogue["sentences"][key])) for catalogue in CATALOGUES.values()}) == 1


def test_every_reason_has_a_sentence_and_every_sentence_a_reason() -> None:
    code = Path(reasons.__file__).read_text() + Path(present.__file__).read_text()
    named = set(re.findall(r'"([a-z]+_[a-z]+|language|related)"', code)) & set(CATALOGUES["en"]["sentences"])
    of_groups = {"circle", "circle_now", *(f"topic_{kind}" for kind in Kind)}
    assert named | of_groups == set(CATALOGUES["en"]["sentences"])


@pytest.mark.parametrize("key", [*CATALOGUES["fr"]["sentences"], *CATALOGUES["fr"]["causes"]])
def test_french_punctuation_never_stands_alone_on_the_next_line(key: str) -> None:
    sentence = (CATALOGUES["fr"]["sentences"] | CATALOGUES["fr"]["causes"])[key]
    assert not re.search(r"«(?!\u00a0)|(?<!\u00a0)»|(?<!\u00a0):|(?<!\u202f)[;?!]|'|\"|“", sentence)


@given(st.sampled_from(SENTENCES), st.text(max_size=300), st.text(max_size=300))
def test_whatever_people_write_a_sentence_stays_one_line_and_short(
    which: tuple[str, str], mine: str, theirs: str
) -> None:
    said = say(*which, mine=mine, theirs=theirs)
    assert "\n" not in said
    assert len(said) < 300


def test_braces_and_percent_signs_in_peoples_words_are_just_signs() -> None:
    assert (
        say("en", "same_interest", mine="{theirs} %s {0}", theirs="")
        == "You are both interested in “{theirs} %s {0}”."
    )


def test_a_long_text_is_cut_between_words() -> None:
    said = say("en", "same_goal", mine="réduire " * 40)
    assert said.endswith("réduire…”.")


@pytest.mark.parametrize(
    ("stated", "of_host_event", "language"),
    [
        (["fr"], ["en"], "fr"),
        (["FR-be"], [], "fr"),
        (["de", "fr"], ["en"], "fr"),
        (["de"], ["fr", "en"], "fr"),
        (["de"], ["it"], "en"),
        ([], [], "en"),
    ],
)
def test_people_are_written_to_in_their_own_language_else_the_host_events_else_english(
    stated: list[str], of_host_event: list[str], language: str
) -> None:
    assert reading_language(stated, of_host_event) == language


def test_a_language_without_a_name_is_called_by_its_tag() -> None:
    assert language_name("fr", "de-AT") == "allemand"
    assert language_name("en", "br") == "br"
