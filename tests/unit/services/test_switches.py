"""What holds for a host event follows from the three scopes as a naive reader would work it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from entremise.hooks.manifest import load_manifest
from entremise.plugin.services.ports import SwitchRecord
from entremise.plugin.services.switches import effective, resolve
from entremise.plugin.storage.sql import open_store

KEYS = ("connections.enabled", "connections.list_length", "mentorship.enabled")
VALUES = {
    "connections.enabled": st.booleans(),
    "connections.list_length": st.integers(1, 20),
    "mentorship.enabled": st.booleans(),
}
A_SCOPE = st.tuples(st.fixed_dictionaries({}, optional=VALUES), st.frozensets(st.sampled_from(KEYS)))
NOBODY = ({}, frozenset[str]())


def _naively(default: Any, key: str, scopes: list[tuple[Mapping[str, Any], frozenset[str]]]) -> Any:
    """Read the scopes from the top until one locks the key; then the lowest of those read that sets it."""
    read = []
    for values, locked in scopes:
        read.append(values)
        if key in locked:
            break
    return next((values[key] for values in reversed(read) if key in values), default)


@given(system=A_SCOPE, organisation=A_SCOPE, host_event=A_SCOPE)
def test_the_lowest_scope_wins_unless_a_higher_one_locks(
    system: Any, organisation: Any, host_event: Any
) -> None:
    defaults = load_manifest().defaults()
    scopes = [system, organisation, host_event]
    names = ("system", "organisation", "host_event")
    records = [SwitchRecord(name, "x", *scope, 1) for name, scope in zip(names, scopes, strict=True)]  # type: ignore[arg-type]
    found = resolve(defaults, records)
    assert {key: held.value for key, held in found.items()} == {
        key: _naively(default, key, scopes) for key, default in defaults.items()
    }
    for key, held in found.items():
        locking = [name for name, (_, locked) in zip(names, scopes, strict=True) if key in locked]
        assert held.locked_by == (locking[0] if locking else None)


@given(system=A_SCOPE, organisation=A_SCOPE, host_event=A_SCOPE, other=A_SCOPE, joined=st.booleans())
def test_only_the_scopes_of_this_host_event_count(
    system: Any, organisation: Any, host_event: Any, other: Any, joined: bool
) -> None:
    store = open_store("sqlite://")
    manifest = load_manifest()
    with store.begin() as unit:
        for installation in ("here", "there"):
            for name, ref, scope in (
                ("system", "", system if installation == "here" else other),
                ("organisation", "acme", organisation if installation == "here" else other),
                ("organisation", "else", other),
                ("host_event", "conf", host_event if installation == "here" else other),
                ("host_event", "fair", other),
            ):
                record = SwitchRecord(name, ref, *scope, 1)  # type: ignore[arg-type]
                assert unit.switches.put(installation, record, expected_version=0, actor="test", now=0.0)
        found = effective(unit, manifest, "here", "acme" if joined else None, "conf")
    scopes = [system, organisation if joined else NOBODY, host_event]
    assert dict(found) == {
        key: _naively(default, key, scopes) for key, default in manifest.defaults().items()
    }
    store.dispose()


def test_a_key_that_the_manifest_has_dropped_is_passed_over() -> None:
    record = SwitchRecord("system", "", {"gone.enabled": True}, frozenset({"gone.enabled"}), 1)
    assert set(resolve({"here.enabled": False}, [record])) == {"here.enabled"}
