"""Reads ``manifest.yaml`` and answers for it: which features and settings there are, and which values they take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import yaml

from ..plugin.domain.errors import InvalidManifest, InvalidPayload
from .manifest_schema import check_manifest, value_problem

# The same loader in C where the library has it: every process reads the manifest when it starts.
LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEFAULT_PATH = Path(__file__).parent.parent / "manifest.yaml"
"""Beside the four folders, in a clone as in an installed package."""

Translations = Mapping[str, str]
SettingType = Literal["boolean", "integer", "number", "string", "array"]


@dataclass(frozen=True, slots=True)
class SettingManifest:
    """One setting. ``choices`` are the values of an enum (of the items, for an array), each with its labels.

    ``scopes`` are those at which it may be set: ``system``, ``organisation``, ``host_event``.
    """

    key: str
    type: SettingType
    default: Any
    label: Translations
    help: Translations
    scopes: tuple[str, ...]
    minimum: float | None = None
    maximum: float | None = None
    choices: Mapping[str, Translations] | None = None
    secret: bool = False

    def schema(self) -> dict[str, Any]:
        """Return the setting as plain JSON Schema 2020-12."""
        values: dict[str, Any] = {"enum": list(self.choices)} if self.choices else {}
        if self.type == "array":
            return {
                "type": "array",
                "items": {"type": "string", **values},
                "uniqueItems": True,
                "default": self.default,
            }
        ranged = {"minimum": self.minimum, "maximum": self.maximum}
        return {
            "type": self.type,
            **values,
            **{name: bound for name, bound in ranged.items() if bound is not None},
            **({"writeOnly": True} if self.secret else {}),
            "default": self.default,
        }


@dataclass(frozen=True, slots=True)
class FeatureManifest:
    """One feature. ``settings`` are keyed without the feature's name and do not hold ``enabled``."""

    key: str
    label: Translations
    help: Translations
    default: bool
    scopes: tuple[str, ...]
    settings: Mapping[str, SettingManifest]


class Manifest:
    """A checked manifest. ``document`` is the data as served (JSON), ``text`` the YAML as written."""

    def __init__(self, document: Mapping[str, Any], text: str) -> None:
        self.document = dict(document)
        self.text = text

    @property
    def id(self) -> str:
        """The plugin's name in reverse domain notation."""
        return str(self.document["id"])

    @property
    def version(self) -> str:
        """The plugin's version; the distribution has the same."""
        return str(self.document["version"])

    @cached_property
    def features(self) -> Mapping[str, FeatureManifest]:
        """Features by key, in the order in which a settings page shows them."""
        return MappingProxyType({key: _feature(key, data) for key, data in self.document["features"].items()})

    def keys(self) -> Mapping[str, SettingManifest]:
        """Every switch and setting, flat, keyed like ``connections.enabled`` and ``connections.list_length``."""
        return self._keys

    def defaults(self) -> dict[str, Any]:
        """Return the default of every key."""
        return {key: setting.default for key, setting in self._keys.items()}

    def validate(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values unchanged if every key is known and every value fits.

        Raises ``InvalidPayload`` whose ``field`` is the key at fault.
        """
        for key, value in values.items():
            setting = self._keys.get(key)
            if setting is None:
                raise InvalidPayload("there is no such setting", field=key)
            problem = value_problem(setting.schema(), value)
            if problem:
                raise InvalidPayload(problem, field=key)
        return dict(values)

    @cached_property
    def _keys(self) -> Mapping[str, SettingManifest]:
        flat = {}
        for feature in self.features.values():
            switch = f"{feature.key}.enabled"
            flat[switch] = SettingManifest(
                switch, "boolean", feature.default, feature.label, feature.help, feature.scopes
            )
            flat.update({setting.key: setting for setting in feature.settings.values()})
        return MappingProxyType(flat)


def load_manifest(path: Path | None = None) -> Manifest:
    """Read and check a manifest; by default the plugin's own, which a process reads once.

    Raises ``InvalidManifest`` that says where and why.
    """
    return _own() if path is None else _read(path)


@cache
def _own() -> Manifest:
    return _read(DEFAULT_PATH)


def _read(path: Path) -> Manifest:
    try:
        text = path.read_text(encoding="utf-8")
        document = yaml.load(text, Loader=LOADER)  # noqa: S506 - either is the safe one
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise InvalidManifest(f"{path.name} cannot be read: {error}") from error
    check_manifest(document)
    return Manifest(document, text)


def _feature(key: str, data: Mapping[str, Any]) -> FeatureManifest:
    settings = {
        name: _setting(f"{key}.{name}", setting) for name, setting in data.get("settings", {}).items()
    }
    return FeatureManifest(
        key, data["label"], data["help"], data["default"], tuple(data["scopes"]), MappingProxyType(settings)
    )


def _setting(key: str, data: Mapping[str, Any]) -> SettingManifest:
    labels = data.get("labels")
    return SettingManifest(
        key=key,
        type=data["type"],
        default=data["default"],
        label=data["label"],
        help=data["help"],
        scopes=tuple(data["scopes"]),
        minimum=data.get("minimum"),
        maximum=data.get("maximum"),
        choices=MappingProxyType(labels) if labels else None,
        secret=data.get("secret", False),
    )
