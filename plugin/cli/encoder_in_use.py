"""What ``doctor`` says about the encoder: which one answers, what it is good for, what to install for more."""

from __future__ import annotations

from typing import Literal

from ...hooks.encoder_choice import (
    DEFAULT,
    LEXICAL,
    VARIABLE,
    built_in_encoders,
    chosen_encoder,
    encoder_module,
)
from ...hooks.registry import load_plugins
from ..domain.errors import ConfigurationError

_ACROSS_LANGUAGES = "multilingual"
_WORDS_ALONE = "none: people meet by words, parts of words and the glossary of French and English tags"


def encoder_in_use(choice: str) -> tuple[Literal["ok", "warning", "failed"], str, str]:
    """Return status, what was found and, unless all is well, what to do. Loads no model."""
    known = built_in_encoders()
    try:
        chosen = chosen_encoder(choice)
    except ConfigurationError as error:
        remedy = known[choice].remedy() if choice in known else f"take {VARIABLE} off, or correct it"
        return "failed", str(error), remedy
    try:
        plugins, _ = load_plugins(encoder=choice)
        answer = plugins.hook.entremise_encode_texts(texts=[])
    except Exception as error:  # noqa: BLE001 - a stranger's plugin may raise anything
        return "failed", f"a plugin cannot be used: {error}", "correct it, or uninstall it"
    if answer is None and choice == DEFAULT:
        by_default = known["static"]
        lacking = ", ".join(by_default.missing())
        return "warning", f"{_WORDS_ALONE}; the small one is not installed ({lacking})", by_default.remedy()
    if answer is None:
        return "ok", f"{_WORDS_ALONE} ({VARIABLE} is {LEXICAL})", ""
    if chosen is None or answer.encoder != encoder_module(chosen).entremise_encode_texts([]).encoder:
        return "ok", f"{answer.encoder}, from an installed plugin, which is asked before {VARIABLE}", ""
    found = f"{chosen} ({answer.encoder}): good for {known[chosen].good_for}"
    if chosen != _ACROSS_LANGUAGES:
        across = known[_ACROSS_LANGUAGES]
        first = f"{across.remedy()}, then " if across.missing() else ""
        found += f". Where French and English people meet: {first}{VARIABLE}={_ACROSS_LANGUAGES}"
    return "ok", found, ""
