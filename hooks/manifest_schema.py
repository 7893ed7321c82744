"""What a manifest may look like, and which values fit a setting: the closed subset of JSON Schema, checked here."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from ..plugin.domain.errors import InvalidManifest

LANGUAGES = ("en", "fr")
SCOPES = ("system", "organisation", "host_event")
LONGEST_VALUE = 2_000

_TYPES = ("boolean", "integer", "number", "string", "array")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ID = re.compile(r"[a-z0-9]+(\.[a-z0-9]+)+")
_VERSION = re.compile(r"\d+\.\d+\.\d+([a-z0-9.+-]*)")
_TYPE_NAME = re.compile(r"[a-z0-9]+(\.[a-z0-9_]+)+\.v\d+")


def check_manifest(document: Any) -> None:
    """Raise ``InvalidManifest`` with the dotted place of the first thing that is wrong."""
    top = _mapping("manifest.yaml", document, required=_TOP)
    if top["manifest"] != 1:
        _fail("manifest", "only version 1 is understood")
    _matching("id", top["id"], _ID)
    _matching("version", top["version"], _VERSION)
    _translated("name", top["name"])
    _translated("description", top["description"])
    _compatibility(top["compatibility"])
    for key, feature in _mapping("features", top["features"]).items():
        _feature(f"features.{key}", key, feature)
    _names("hooks", top["hooks"], _KEY)
    _names("deliveries", top["deliveries"], _TYPE_NAME)
    _each("results", top["results"], lambda where, item: _result(where, item, top["features"]))
    _each("permissions", top["permissions"], _permission)


def value_problem(schema: Mapping[str, Any], value: Any) -> str | None:
    """Say why the value does not fit the setting's JSON Schema; ``None`` when it does."""
    kind = schema["type"]
    if kind == "boolean":
        return None if isinstance(value, bool) else "must be true or false"
    if kind in ("integer", "number"):
        return _number_problem(schema, value)
    if kind == "array":
        if not isinstance(value, list) or any(item not in schema["items"]["enum"] for item in value):
            return f"must be a list of: {', '.join(schema['items']['enum'])}"
        return None if len(set(value)) == len(value) else "must not name anything twice"
    if "enum" in schema:
        return (
            None
            if isinstance(value, str) and value in schema["enum"]
            else f"must be one of: {', '.join(schema['enum'])}"
        )
    if not isinstance(value, str) or len(value) > LONGEST_VALUE or not value.isprintable():
        return f"must be a text of at most {LONGEST_VALUE} characters on one line"
    return None


def _number_problem(schema: Mapping[str, Any], value: Any) -> str | None:
    whole = schema["type"] == "integer"
    accepted = isinstance(value, int) if whole else isinstance(value, (int, float))
    if not accepted or isinstance(value, bool) or not math.isfinite(value):
        return "must be a whole number" if whole else "must be a number"
    lowest, highest = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    return None if lowest <= value <= highest else f"must be from {lowest} to {highest}"


def _compatibility(data: Any) -> None:
    block = _mapping("compatibility", data, required=("python", "cloudevents", "standard_webhooks", "hosts"))
    for host, entry in _mapping("compatibility.hosts", block["hosts"]).items():
        _matching(f"compatibility.hosts.{host}", host, _KEY)
        described = _mapping(
            f"compatibility.hosts.{host}", entry, required=("label",), optional=("versions",)
        )
        _translated(f"compatibility.hosts.{host}.label", described["label"])


def _feature(where: str, key: str, data: Any) -> None:
    _matching(where, key, _KEY)
    feature = _mapping(where, data, required=("label", "help", "default", "scopes"), optional=("settings",))
    _described(where, feature)
    if not isinstance(feature["default"], bool):
        _fail(f"{where}.default", "must be true or false")
    for name, setting in _mapping(f"{where}.settings", feature.get("settings", {})).items():
        if name == "enabled":
            _fail(f"{where}.settings.enabled", "is the feature's own switch; choose another name")
        _setting(f"{where}.settings.{name}", name, setting)


def _setting(where: str, name: str, data: Any) -> None:
    _matching(where, name, _KEY)
    setting = _mapping(
        where,
        data,
        required=("type", "default", "scopes", "label", "help"),
        optional=("minimum", "maximum", "enum", "labels", "secret"),
    )
    _described(where, setting)
    kind, choices = setting["type"], setting.get("enum")
    if kind not in _TYPES:
        _fail(f"{where}.type", f"must be one of: {', '.join(_TYPES)}")
    if choices is not None or kind == "array":
        _choices(where, kind, choices, setting.get("labels"))
    if kind not in ("integer", "number") and ("minimum" in setting or "maximum" in setting):
        _fail(where, "only numbers have a minimum and a maximum")
    for bound in ("minimum", "maximum"):
        if bound in setting and value_problem({"type": kind}, setting[bound]):
            _fail(f"{where}.{bound}", "must be a number of the setting's type")
    if setting.get("secret", False) is not False and (
        setting["secret"] is not True or kind != "string" or choices
    ):
        _fail(f"{where}.secret", "only a plain string can be secret")
    items = {"items": {"enum": choices}} if kind == "array" else {"enum": choices} if choices else {}
    problem = value_problem({**setting, **items}, setting["default"])
    if problem:
        _fail(f"{where}.default", problem)


def _choices(where: str, kind: str, choices: Any, labels: Any) -> None:
    if kind not in ("string", "array"):
        _fail(f"{where}.enum", "only a string or an array has choices")
    if not isinstance(choices, list) or not choices or any(not isinstance(one, str) for one in choices):
        # YAML reads bare yes, no, on and off as booleans, which is why this is worth a sentence of its own.
        _fail(f"{where}.enum", "must be a list of strings (put quotes around yes, no, on and off)")
    for choice, label in _mapping(f"{where}.labels", labels, required=tuple(choices)).items():
        _translated(f"{where}.labels.{choice}", label)


def _described(where: str, data: Mapping[str, Any]) -> None:
    _translated(f"{where}.label", data["label"])
    _translated(f"{where}.help", data["help"])
    scopes = data["scopes"]
    if not isinstance(scopes, list) or not scopes or any(scope not in SCOPES for scope in scopes):
        _fail(f"{where}.scopes", f"must be a list of: {', '.join(SCOPES)}")


def _result(where: str, item: Any, features: Mapping[str, Any]) -> None:
    result = _mapping(where, item, required=("type", "feature"))
    _matching(f"{where}.type", result["type"], _TYPE_NAME)
    if result["feature"] not in features:
        _fail(f"{where}.feature", "names no feature of this manifest")


def _permission(where: str, item: Any) -> None:
    permission = _mapping(where, item, required=("key", "label", "help"))
    _matching(f"{where}.key", permission["key"], _KEY)
    _translated(f"{where}.label", permission["label"])
    _translated(f"{where}.help", permission["help"])


def _translated(where: str, data: Any) -> None:
    for language, text in _mapping(where, data, required=LANGUAGES).items():
        if not isinstance(text, str) or not text.strip():
            _fail(f"{where}.{language}", "must be a text")


def _names(where: str, items: Any, pattern: re.Pattern[str]) -> None:
    _each(where, items, lambda place, item: _matching(place, item, pattern))
    if len(set(items)) != len(items):
        _fail(where, "names something twice")


def _each(where: str, items: Any, check: Callable[[str, Any], None]) -> None:
    if not isinstance(items, list):
        _fail(where, "must be a list")
    for position, item in enumerate(items):
        check(f"{where}.{position}", item)


def _matching(where: str, value: Any, pattern: re.Pattern[str]) -> None:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        _fail(where, f"must look like {pattern.pattern}")


def _mapping(
    where: str, data: Any, *, required: Iterable[str] = (), optional: Iterable[str] | None = None
) -> Mapping[str, Any]:
    """Return a mapping with text keys; with ``required`` given, nothing but these and ``optional`` may be in it."""
    if not isinstance(data, dict) or any(not isinstance(key, str) for key in data):
        _fail(where, "must be a mapping with texts as keys")
    required = tuple(required)
    missing = [key for key in required if key not in data]
    if missing:
        _fail(where, f"lacks {', '.join(missing)}")
    unknown = data.keys() - {*required, *(optional or ())} if required else ()
    if unknown:
        _fail(where, f"does not take {', '.join(sorted(unknown))}")
    checked: Mapping[str, Any] = data
    return checked


def _fail(where: str, problem: str) -> NoReturn:
    raise InvalidManifest(f"{where}: {problem}")


_TOP = (
    "manifest", "id", "version", "name", "description", "compatibility", "features", "hooks", "deliveries", "results",
    "permissions",
)  # fmt: skip
