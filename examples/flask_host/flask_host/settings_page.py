"""Draws entremise's settings from its manifest: a feature added there gets its switch here without a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from entremise.hooks.manifest import Manifest, SettingManifest
from entremise.plugin.services.switches import Effective

SCOPE = "host_event"


@dataclass(frozen=True)
class Field:
    """One input. ``kind`` is checkbox, number, choice, choices, password or text."""

    key: str
    kind: str
    label: str
    help: str
    value: Any
    minimum: float | None
    maximum: float | None
    step: str
    choices: Sequence[tuple[str, str]]
    locked: bool

    @property
    def id(self) -> str:
        return self.key.replace(".", "-")


@dataclass(frozen=True)
class Feature:
    """One feature: its switch, and the settings below it."""

    key: str
    switch: Field
    settings: Sequence[Field]


def fields(manifest: Manifest, held: Mapping[str, Effective], language: str) -> list[Feature]:
    """Return what to draw, in the manifest's order, with what holds now."""
    drawn = {
        key: _field(setting, held[key], language)
        for key, setting in manifest.keys().items()
        if SCOPE in setting.scopes
    }
    return [
        Feature(
            key,
            drawn[f"{key}.enabled"],
            [
                field
                for name, field in drawn.items()
                if name.startswith(f"{key}.") and name != f"{key}.enabled"
            ],
        )
        for key in manifest.features
        if f"{key}.enabled" in drawn
    ]


def values(manifest: Manifest, sent: MultiDict[str, str]) -> dict[str, Any]:
    """Read a sent form. Raises ``ValueError`` for what is no number; the manifest checks everything else."""
    return {key: _read(setting, sent) for key, setting in manifest.keys().items() if SCOPE in setting.scopes}


def _field(setting: SettingManifest, held: Effective, language: str) -> Field:
    choices = setting.choices or {}
    return Field(
        key=setting.key,
        kind=_kind(setting),
        label=setting.label[language],
        help=setting.help[language],
        value=held.value,
        minimum=setting.minimum,
        maximum=setting.maximum,
        step="1" if setting.type == "integer" else "any",
        choices=[(value, labels[language]) for value, labels in choices.items()],
        locked=held.locked_by is not None,
    )


def _kind(setting: SettingManifest) -> str:
    if setting.secret:
        return "password"
    if setting.choices:
        return "choices" if setting.type == "array" else "choice"
    return {"boolean": "checkbox", "integer": "number", "number": "number"}.get(setting.type, "text")


def _read(setting: SettingManifest, sent: MultiDict[str, str]) -> Any:
    if setting.type == "boolean":
        return sent.get(setting.key) == "on"
    if setting.type == "array":
        return sent.getlist(setting.key)
    text = sent.get(setting.key, "")
    if setting.type == "integer":
        return int(text)
    return float(text) if setting.type == "number" else text
