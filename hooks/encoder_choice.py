"""Which built-in encoder answers: the operator's setting, held against what is installed.

An encoder is a folder of ``hooks/encoders`` that implements ``entremise_encode_texts`` and describes itself in
``ABOUT``. There is no list to add one to.
"""

from __future__ import annotations

import importlib.util
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Final

from ..plugin.domain.errors import ConfigurationError

DEFAULT: Final = "default"
"""The small encoder of the extra ``engine`` where it is installed, else words alone."""
LEXICAL: Final = "lexical"
"""No encoder: people meet by words, parts of words and the glossary alone."""
VARIABLE: Final = "ENTREMISE_ENCODER"

_FOLDER = ".encoders"
_BY_DEFAULT = "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a built-in encoder says of itself. ``load`` reads the model into memory and starts no thread."""

    extra: str
    """The extra of entremise that installs what it needs."""
    needs: tuple[str, ...]
    """Top-level modules, which are looked for and not imported."""
    good_for: str
    load: Callable[[], object]

    def missing(self) -> tuple[str, ...]:
        """Return what it needs and cannot find."""
        return tuple(name for name in self.needs if importlib.util.find_spec(name) is None)

    def remedy(self) -> str:
        """Return the command that installs it."""
        return f"pip install 'entremise[{self.extra}]'"


def built_in_encoders() -> Mapping[str, About]:
    """Return what each built-in encoder says of itself, by name."""
    folder = import_module(_FOLDER, __package__)
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__) if module.ispkg)
    return {name: encoder_module(name).ABOUT for name in names}


def encoder_module(name: str) -> ModuleType:
    """Return the module that implements the hook; importing it loads no model and no package that it needs."""
    return import_module(f"{_FOLDER}.{name}", __package__)


def chosen_encoder(choice: str) -> str | None:
    """Return the built-in encoder that this choice means; ``None`` means words alone.

    Raises ``ConfigurationError`` that says what to install when the chosen one lacks something, or what there is to
    choose from. The default lacks nothing: without its extra it is words alone, and ``doctor`` says so.
    """
    known = built_in_encoders()
    if choice == LEXICAL:
        return None
    if choice == DEFAULT:
        return None if known[_BY_DEFAULT].missing() else _BY_DEFAULT
    if choice not in known:
        there_is = ", ".join((DEFAULT, LEXICAL, *known))
        raise ConfigurationError(f"{VARIABLE} must be one of {there_is}, not {choice!r}")
    missing = known[choice].missing()
    if missing:
        raise ConfigurationError(
            f"{VARIABLE} is {choice!r}, which needs {', '.join(missing)}: {known[choice].remedy()}"
        )
    return choice


def load_encoder(choice: str) -> None:
    """Read the chosen encoder's model into memory, so that processes forked off later share it."""
    name = chosen_encoder(choice)
    if name is not None:
        built_in_encoders()[name].load()
