"""What the extension for pretix says of a person is what the service takes, and what the stock adapter would have said."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entremise.hooks.hosts.generic.schemas import ProfileSchema, load
from entremise.hooks.hosts.generic.translate import profile as generic_profile
from entremise.hooks.hosts.pretix.profile import read_profile
from entremise.hooks.hosts.pretix.questions import DEFAULT_QUESTIONS, SHOWN, TARGETS, Form, Question
from entremise.hooks.manifest import load_manifest
from entremise.plugin.domain.model import Profile

EXTENSION = Path(__file__).parents[3] / "hooks" / "hosts" / "pretix" / "extension"


def _module(name: str) -> ModuleType:
    """Import a part of the extension that needs no pretix."""
    sys.path.insert(0, str(EXTENSION))
    try:
        return importlib.import_module(f"pretix_entremise.{name}")
    finally:
        sys.path.remove(str(EXTENSION))


profile = _module("profile")
questions = _module("questions")

texts = st.text(max_size=40) | st.sampled_from(
    ["True", "False", "a\nb; c", "x" * 6000, "é\x00\ud800", "3", "█"]
)
options = st.lists(
    st.tuples(
        st.sampled_from(["YES", "FR", "EN", "SENIOR", "4", "REMOTE", "TITLE", "INTERESTS", "X7KQ2"]),
        st.dictionaries(st.sampled_from(["en", "fr"]), texts, max_size=2),
    ),
    max_size=4,
)
answers = st.lists(
    st.tuples(st.sampled_from([*DEFAULT_QUESTIONS, "ROLE7", "ENTREMISE"]), texts, options),
    max_size=12,
    unique_by=lambda one: one[0],
)


def _position(said: list[tuple[str, str, Any]], name: str = "Ada", company: str | None = None) -> Any:
    rows = [
        SimpleNamespace(
            question=SimpleNamespace(identifier=identifier, type="M" if chosen else "T"),
            answer=text,
            options=_all(
                [SimpleNamespace(identifier=key, answer=SimpleNamespace(data=label)) for key, label in chosen]
            ),
        )
        for identifier, text, chosen in said
    ]
    order = SimpleNamespace(locale="fr")
    return SimpleNamespace(answers=_all(rows), attendee_name=name, company=company, order=order)


def _all(rows: list[Any]) -> Any:
    return SimpleNamespace(all=lambda: rows)


@given(
    answers,
    texts,
    texts,
    st.dictionaries(
        st.sampled_from(["ROLE7", "bio"]), st.lists(st.sampled_from(questions.TARGETS)).map(tuple)
    ),
    st.lists(st.sampled_from(questions.SHOWN), unique=True).map(tuple),
)
def test_whatever_people_write_the_service_takes_it(
    said: list[Any], name: str, company: str, chosen: Mapping[str, tuple[str, ...]], visible: tuple[str, ...]
) -> None:
    consent = ("CONSENT_MATCHING", "True", [])
    said = [consent, *(one for one in said if one[0] not in {"CONSENT_MATCHING", "CONSENT"})]
    mapping = questions.Mapping(
        chosen={key: tuple(t for t in value if t != "consent.matching") for key, value in chosen.items()},
        visible=visible,
    )
    found = profile.read(_position(said, name, company), mapping)
    assert found is not None
    loaded, unknown = load(ProfileSchema(), found)
    assert unknown == ()
    assert loaded["consent"]["matching"] is True


@given(answers)
def test_without_a_yes_to_matching_nothing_leaves(said: list[Any]) -> None:
    said = [
        (key, "False" if key.startswith("CONSENT") else text, [] if key.startswith("CONSENT") else chosen)
        for key, text, chosen in said
    ]
    assert profile.read(_position(said), questions.Mapping()) is None


def test_the_same_identifiers_say_the_same_as_in_the_stock_adapter() -> None:
    assert set(questions.TARGETS) == set(TARGETS)
    assert tuple(questions.SHOWN) == SHOWN
    assert {key: set(value) for key, value in questions.DEFAULT_QUESTIONS.items()} == {
        key: set(value) for key, value in DEFAULT_QUESTIONS.items()
    }


@given(answers, st.sampled_from(["en", "fr"]))
def test_whoever_moves_from_the_stock_adapter_has_the_same_profile(said: list[Any], language: str) -> None:
    said = [
        ("CONSENT_MATCHING", "True", []),
        *(one for one in said if one[0] not in {"CONSENT_MATCHING", "ROLE7"}),
    ]
    # pretix's identifiers say what is chosen; what their texts say besides is the extension's own reading.
    said = [
        (
            key,
            text.replace("\x00", "").replace("\ud800", "")[:200],
            [(one, {"en": f"{one} en", "fr": f"{one} fr"}) for one in dict(chosen)],
        )
        for key, text, chosen in said
    ]
    found = profile.read(_position(said), questions.Mapping(tag_language=language))
    stock = _stock(said, language)
    if not stock.consent.matching:
        assert found is None
        return
    loaded, _ = load(ProfileSchema(), found)
    ours = generic_profile(loaded)
    for name in ("name", "organisation", "title", "sector", "seniority", "first_time", "mode", *questions.FACETS,
                 "mentoring", "consent", "hidden_for_matching"):  # fmt: skip
        assert getattr(ours, name) == getattr(stock, name), name
    assert set(ours.visible) == set(stock.visible)
    # The extension addresses people in the language of their order; which languages they speak is the same.
    assert set(ours.languages) == set(stock.languages)
    assert "fr" not in ours.languages or ours.languages[0] == "fr"


def _stock(said: list[Any], language: str) -> Profile:
    form = Form.of({"tag_language": language})
    asked = {
        key: Question(1, key, "M", frozenset(), {one: labels[language] for one, labels in chosen})
        for key, _, chosen in said
    }
    rows = [
        {"question_identifier": key, "answer": text, "option_identifiers": [one for one, _ in chosen]}
        for key, text, chosen in said
    ]
    return read_profile({"answers": rows, "attendee_name": "Ada", "company": None}, "fr", form, asked)


@pytest.mark.parametrize(("label", "level"), [("Senior", 3), ("senior", 3), ("Quite senior", None)])
def test_an_option_without_a_telling_identifier_is_read_by_its_exact_text(
    label: str, level: int | None
) -> None:
    said = [("CONSENT", "True", []), ("SENIORITY", label, [("X7KQ2", {"en": label, "fr": "Confirmé"})])]
    found = profile.read(_position(said), questions.Mapping())
    assert found is not None
    assert found.get("seniority") == level


def test_what_nobody_mapped_stays_in_pretix() -> None:
    said = [("CONSENT", "True", []), ("DIET", "no nuts", []), ("ENTREMISE", "https://x", [])]
    found = profile.read(_position(said), questions.Mapping(chosen={"ENTREMISE": ("bio",)}))
    assert "no nuts" not in str(found)
    assert "https://x" not in str(found)


def test_every_setting_of_the_manifest_can_be_drawn_in_pretix() -> None:
    drawing = _module("control.manifest")
    served = json.loads(json.dumps(load_manifest().document))
    for language in ("en", "fr", "de"):
        drawn = drawing.features_in(served, language)
        assert [feature.key for feature in drawn] == list(served["features"])
        assert not any(feature.skipped for feature in drawn)
        keys = {feature.switch.key for feature in drawn} | {
            one.key for feature in drawn for one in feature.settings
        }
        assert keys == set(load_manifest().keys())
