"""The manifest and the code say the same, both ways; a malformed manifest says where it is malformed."""

from __future__ import annotations

import copy
import inspect
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from entremise.hooks import manifest as manifest_module
from entremise.hooks import registry, specs
from entremise.hooks.hosts.generic.client import event_of
from entremise.hooks.hosts.generic.translate import TYPES
from entremise.hooks.manifest import Manifest, load_manifest
from entremise.hooks.manifest_schema import check_manifest
from entremise.plugin.domain.errors import InvalidManifest, InvalidPayload
from entremise.plugin.domain.suggestions import FEATURES, Result

ROOT = Path(manifest_module.DEFAULT_PATH).parent


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return load_manifest()


def test_it_lists_the_features_that_are_implemented_and_no_other(manifest: Manifest) -> None:
    assert tuple(manifest.features) == FEATURES


def test_it_lists_the_hooks_that_can_be_implemented_and_no_other(manifest: Manifest) -> None:
    in_code = [
        name for name, _ in inspect.getmembers(specs, inspect.isfunction) if name.startswith("entremise_")
    ]
    assert sorted(manifest.document["hooks"]) == sorted(in_code)


def test_it_lists_the_hosts_that_are_built_in_and_no_other(manifest: Manifest) -> None:
    assert sorted(manifest.document["compatibility"]["hosts"]) == list(registry.built_in())


def test_it_lists_the_deliveries_that_are_understood_and_no_other(manifest: Manifest) -> None:
    assert sorted(manifest.document["deliveries"]) == sorted(TYPES)


def test_it_lists_the_results_that_are_produced_and_no_other(manifest: Manifest) -> None:
    produced = {
        (event_of(Result("i", "e", "r", feature, 1, payload)).type, feature)
        for feature in FEATURES
        for payload in ({}, None)
    }
    assert {(item["type"], item["feature"]) for item in manifest.document["results"]} == produced


def test_it_has_the_version_of_the_distribution(manifest: Manifest) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert manifest.version == project["version"]
    assert manifest.document["compatibility"]["python"] == project["requires-python"]


def test_it_is_served_as_json_and_as_written(manifest: Manifest) -> None:
    assert json.loads(json.dumps(manifest.document)) == manifest.document
    assert yaml.safe_load(manifest.text) == manifest.document


def test_every_key_is_flat_and_has_its_default(manifest: Manifest) -> None:
    assert manifest.defaults() == {
        "connections.enabled": True,
        "connections.list_length": 10,
        "connections.here_now": True,
        "connections.here_now_length": 5,
        "connections.same_organisation": "avoid",
        "connections.floor": 3,
        "connections.cap": 30,
        "connections.per_organisation": 3,
        "connections.sectors": "any",
        "connections.needs_weight": 1,
        "connections.common_weight": 1,
        "peers.enabled": True,
        "peers.list_length": 5,
        "peers.floor": 1,
        "peers.cap": 20,
        "peers.per_organisation": 3,
        "peers.sectors": "any",
        "peers.same_organisation": "avoid",
        "experts.enabled": True,
        "experts.list_length": 3,
        "experts.floor": 0,
        "experts.cap": 6,
        "experts.sectors": "any",
        "experts.least_ahead": -5,
        "mentorship.enabled": True,
        "mentorship.publication": "review",
        "mentorship.seniority_gap": 1,
        "mentorship.most_mentees": 5,
        "mentorship.organisations": "any",
        "mentorship.sectors": "any",
        "mentorship.balance": False,
        "circles.enabled": True,
        "circles.publication": "review",
        "circles.least": 4,
        "circles.most": 6,
        "circles.mixing": "soft",
        "circles.rounds": 1,
        "circles.with_host": False,
        "circles.when_share": 0,
        "seating.enabled": True,
        "seating.publication": "review",
        "seating.repeats": "few",
        "meetings.enabled": True,
        "meetings.publication": "review",
        "meetings.per_person": 4,
        "meetings.circles": True,
        "meetings.requests": True,
        "topics.enabled": True,
        "topics.common": 3,
        "topics.differing": 2,
        "topics.at_tables": True,
    }
    assert manifest.validate(manifest.defaults()) == manifest.defaults()


def test_everything_that_a_person_reads_is_in_english_and_french(manifest: Manifest) -> None:
    read: list[Any] = [manifest.document["name"], manifest.document["description"]]
    for setting in manifest.keys().values():
        read += [setting.label, setting.help, *(setting.choices or {}).values()]
    for permission in manifest.document["permissions"]:
        read += [permission["label"], permission["help"]]
    assert all(set(texts) == {"en", "fr"} and all(texts.values()) for texts in read)
    sentences = [texts for texts in read if len(texts["en"]) > 40]
    assert len(sentences) > 8
    assert all(texts["en"] != texts["fr"] for texts in sentences), "translated, not copied"


def test_a_setting_is_plain_json_schema(manifest: Manifest) -> None:
    keys = manifest.keys()
    assert keys["connections.list_length"].schema() == {
        "type": "integer",
        "minimum": 1,
        "maximum": 20,
        "default": 10,
    }
    assert keys["connections.same_organisation"].schema() == {
        "type": "string",
        "enum": ["avoid", "allow"],
        "default": "avoid",
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("connections.enabled", "yes"),
        ("connections.enabled", 1),
        ("connections.enabled", None),
        ("connections.list_length", 0),
        ("connections.list_length", 21),
        ("connections.list_length", 3.5),
        ("connections.list_length", True),
        ("connections.list_length", "3"),
        ("connections.same_organisation", "sometimes"),
        ("connections.same_organisation", []),
        ("connections", True),
        ("connections.unheard_of", True),
        ("", True),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_its_key(manifest: Manifest, key: str, value: Any) -> None:
    with pytest.raises(InvalidPayload) as caught:
        manifest.validate({"mentorship.enabled": False, key: value})
    assert caught.value.field == key


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(key=st.sampled_from(sorted(load_manifest().keys())) | st.text(max_size=10), value=anything)
def test_no_value_raises_anything_but_invalid_payload(key: str, value: Any) -> None:
    try:
        checked = load_manifest_once().validate({key: value})
    except InvalidPayload:
        return
    assert checked == {key: value}


_loaded = load_manifest()


def load_manifest_once() -> Manifest:
    return _loaded


def at(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        place: Any = document
        for parent in parents:
            place = place[int(parent) if isinstance(place, list) else parent]
        if value is ...:
            del place[last]
        else:
            place[int(last) if isinstance(place, list) else last] = value

    return change


LENGTH = "features.connections.settings.list_length"
ENUM = "features.connections.settings.same_organisation"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (at("id", ...), "manifest.yaml: lacks id"),
        (at("surprise", 1), "manifest.yaml: does not take surprise"),
        (at("manifest", 2), "manifest:"),
        (at("id", "Not An Id"), "id:"),
        (at("version", 0.1), "version:"),
        (at("name", {"en": "x"}), "name: lacks fr"),
        (at("description.fr", " "), "description.fr:"),
        (at("features", []), "features:"),
        (at("features.Bad-Key", {}), "features.Bad-Key:"),
        (at("features.connections.default", "on"), "features.connections.default:"),
        (at("features.connections.scopes", ["planet"]), "features.connections.scopes:"),
        (at("features.connections.settings.enabled", {}), "features.connections.settings.enabled:"),
        (at(f"{LENGTH}.type", "decimal"), f"{LENGTH}.type:"),
        (at(f"{LENGTH}.default", 99), f"{LENGTH}.default:"),
        (at(f"{LENGTH}.minimum", "one"), f"{LENGTH}.minimum:"),
        (at(f"{LENGTH}.enum", [1, 2]), f"{LENGTH}.enum:"),
        (at(f"{LENGTH}.secret", True), f"{LENGTH}.secret:"),
        (at(f"{LENGTH}.$ref", "#/x"), f"{LENGTH}: does not take $ref"),
        (at(f"{LENGTH}.help", ...), f"{LENGTH}: lacks help"),
        (at(f"{ENUM}.enum", [True, False]), f"{ENUM}.enum:"),
        (at(f"{ENUM}.labels.avoid", ...), f"{ENUM}.labels: lacks avoid"),
        (at(f"{ENUM}.minimum", 1), f"{ENUM}:"),
        (at("hooks.0", "Not A Hook"), "hooks.0:"),
        (at("hooks.1", "entremise_register_host"), "hooks: names something twice"),
        (at("deliveries.0", "no version"), "deliveries.0:"),
        (at("results.0.feature", "weather"), "results.0.feature:"),
        (at("permissions.0.label", "x"), "permissions.0.label:"),
        (at("compatibility.hosts.generic.label", ...), "compatibility.hosts.generic: lacks label"),
    ],
)
def test_a_malformed_manifest_says_where(
    manifest: Manifest, change: Callable[[dict[str, Any]], None], where: str
) -> None:
    document = copy.deepcopy(manifest.document)
    change(document)
    with pytest.raises(InvalidManifest) as caught:
        check_manifest(document)
    assert str(caught.value).startswith(where)


def test_every_kind_of_setting_can_be_declared(manifest: Manifest, tmp_path: Path) -> None:
    document = copy.deepcopy(manifest.document)
    texts = {"label": {"en": "a", "fr": "b"}, "help": {"en": "a", "fr": "b"}, "scopes": ["system"]}
    labels = {"x": {"en": "X", "fr": "X"}, "y": {"en": "Y", "fr": "Y"}}
    document["features"]["connections"]["settings"] = {
        "share": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5, **texts},
        "greeting": {"type": "string", "default": "", **texts},
        "key": {"type": "string", "secret": True, "default": "", **texts},
        "days": {"type": "array", "enum": ["x", "y"], "labels": labels, "default": ["x"], **texts},
    }
    path = tmp_path / "manifest.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True))
    read = load_manifest(path)
    good = {
        "connections.share": 1,
        "connections.greeting": "é",
        "connections.key": "s",
        "connections.days": ["y"],
    }
    assert read.validate(good) == good
    assert read.keys()["connections.key"].secret
    for bad in (
        {"share": 1.1},
        {"share": float("nan")},
        {"greeting": "a\nb"},
        {"key": 7},
        {"days": ["x", "x"]},
        {"days": "x"},
    ):
        with pytest.raises(InvalidPayload):
            read.validate({f"connections.{key}": value for key, value in bad.items()})


@pytest.mark.parametrize("text", ["", "- a", "a: [", "\x00", "!!python/object/apply:os.system [ls]"])
def test_what_is_no_yaml_mapping_is_an_invalid_manifest(tmp_path: Path, text: str) -> None:
    path = tmp_path / "manifest.yaml"
    path.write_text(text)
    with pytest.raises(InvalidManifest):
        load_manifest(path)


def test_a_manifest_that_is_not_there_is_an_invalid_manifest(tmp_path: Path) -> None:
    with pytest.raises(InvalidManifest, match=r"manifest\.yaml"):
        load_manifest(tmp_path / "manifest.yaml")
