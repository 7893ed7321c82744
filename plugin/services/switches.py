"""Which features are on, and how: the precedence of the three scopes, their locks, and changing them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...hooks.contract import Installation
from ..domain.errors import InvalidPayload, Locked, NotFound, NotTheOwner, Stale
from .ports import Scope, Services, SwitchRecord, TokenRecord, UnitOfWork
from .privacy import recompute_lease

if TYPE_CHECKING:
    from ...hooks.manifest import Manifest

SCOPES: tuple[Scope, ...] = ("system", "organisation", "host_event")
"""From the highest to the lowest. ``system`` is the installation as a whole."""


@dataclass(frozen=True, slots=True)
class Effective:
    """What holds for one key: its value, the scope that it comes from (``default`` = the manifest), and its lock."""

    value: Any
    source: str
    locked_by: Scope | None


@dataclass(frozen=True, slots=True)
class Switchboard:
    """One scope as a settings page shows it. ``effective`` holds every key of the manifest."""

    record: SwitchRecord
    effective: Mapping[str, Effective]
    owner: str
    page: str | None


def effective(
    uow: UnitOfWork, manifest: Manifest, installation_id: str, organisation: str | None, host_event: str
) -> Mapping[str, Any]:
    """Return the value of every key of the manifest for one host event."""
    records = _records(uow, installation_id, [("organisation", organisation), ("host_event", host_event)])
    return {key: held.value for key, held in resolve(manifest.defaults(), records).items()}


def resolve(defaults: Mapping[str, Any], records: Iterable[SwitchRecord]) -> dict[str, Effective]:
    """Apply the scopes, highest first, over the defaults.

    The lowest scope that sets a key wins, except below a scope that locks it: there the key stays as it is.
    Keys that the manifest does not know (any more) are left out.
    """
    found = {key: Effective(value, "default", None) for key, value in defaults.items()}
    for record in records:
        for key, held in found.items():
            if held.locked_by is not None:
                continue
            value, source = (
                (record.values[key], record.scope) if key in record.values else (held.value, held.source)
            )
            found[key] = Effective(value, source, record.scope if key in record.locked else None)
    return found


def show(container: Services, installation_id: str, scope: Scope, scope_ref: str) -> Switchboard:
    """Return what the scope has set and what holds there; raises ``NotFound`` for an unknown installation."""
    with container.store.snapshot() as uow:
        installation = uow.installations.get(installation_id)
        if installation is None:
            raise NotFound("there is no such installation")
        return _board(uow, container.manifest, installation, scope, scope_ref)


def change(
    container: Services, installation_id: str, scope: Scope, scope_ref: str, *,
    values: Mapping[str, Any], locked: Iterable[str] = (), expected_version: int, actor: str,
    token: TokenRecord | None = None,
) -> Switchboard:  # fmt: skip
    """Replace what one scope has set, audit it, and have every host event that it touches computed anew.

    ``scope_ref`` is empty for the system. ``token`` is whose doing it is; ``None`` is the operator at the command
    line. Raises ``InvalidPayload`` (naming the key), ``Locked``, ``NotTheOwner``, or ``Stale`` (the scope is
    not at ``expected_version`` any more).
    """
    locks = frozenset(locked)
    affected: list[str] = []
    with container.store.begin() as uow:
        installation = uow.installations.get(installation_id)
        if installation is None:
            raise NotFound("there is no such installation")
        refuse_unless_owner(installation, token)
        before = uow.switches.get(installation_id, scope, scope_ref)
        if before.version != expected_version:
            raise Stale("somebody else changed these settings", version=before.version)
        _validate(container.manifest, scope, values, locks)
        _refuse_locked(uow, installation_id, scope, scope_ref, before, values, locks)
        record = SwitchRecord(scope, scope_ref, dict(values), locks, expected_version + 1)
        now = container.clock()
        if not uow.switches.put(
            installation_id, record, expected_version=expected_version, actor=actor, now=now
        ):
            current = uow.switches.get(installation_id, scope, scope_ref)
            raise Stale("somebody else changed these settings", version=current.version)
        if (before.values, before.locked) != (record.values, record.locked):
            # In the order in which everybody takes host events, whatever the database's collation.
            affected = sorted(_touched(uow, installation_id, scope, scope_ref))
            for host_event in affected:
                uow.host_events.soil(installation_id, host_event)
                # What is being computed under the old settings must not be published after "off" was answered.
                uow.leases.revoke(recompute_lease(installation_id, host_event))
        board = _board(uow, container.manifest, installation, scope, scope_ref)
    for host_event in affected:
        container.queue.ring("recompute", installation_id, host_event)
    return board


def refuse_unless_owner(installation: Installation, token: TokenRecord | None) -> None:
    """Raise ``NotTheOwner`` naming the host's page when the host owns the switches and this is not the host speaking."""
    if installation.settings_owner == "service":
        return
    if token is not None and "settings" in token.scopes:
        return
    page = installation.config.get("settings_page")
    where = page or f"the settings page of the {installation.host} host"
    raise NotTheOwner(f"these switches belong to the host; change them on {where}", see=page)


def _validate(manifest: Manifest, scope: Scope, values: Mapping[str, Any], locks: frozenset[str]) -> None:
    keys = manifest.keys()
    for key in (*values, *sorted(locks)):
        if key not in keys:
            raise InvalidPayload(f"{key} is not a setting", field=key)
        if scope not in keys[key].scopes:
            raise InvalidPayload(f"{key} cannot be set at the scope {scope}", field=key)
    if scope == "host_event" and locks:
        raise InvalidPayload("nothing is below a host event that could be locked", field=min(locks))
    manifest.validate(values)


def _refuse_locked(
    uow: UnitOfWork, installation_id: str, scope: Scope, scope_ref: str, before: SwitchRecord,
    values: Mapping[str, Any], locks: frozenset[str],
) -> None:  # fmt: skip
    """What a higher scope locks may be dropped or sent back as it was, but not changed."""
    above = _above(uow, installation_id, scope, scope_ref)
    held = frozenset[str]().union(*(record.locked for record in above))
    unchanged = {key for key, value in values.items() if key in before.values and before.values[key] == value}
    keys = tuple(sorted(held & ((values.keys() - unchanged) | (locks - before.locked))))
    if keys:
        raise Locked(f"a higher scope has locked: {', '.join(keys)}", keys=keys)


def _above(uow: UnitOfWork, installation_id: str, scope: Scope, scope_ref: str) -> list[SwitchRecord]:
    """Return the records of the scopes over this one, highest first."""
    if scope == "system":
        return []
    if scope == "organisation":
        return [uow.switches.get(installation_id, "system", "")]
    host_event = uow.host_events.get(installation_id, scope_ref)
    organisation = host_event.organisation if host_event else None
    return _records(uow, installation_id, [("organisation", organisation)])


def _records(
    uow: UnitOfWork, installation_id: str, below: Iterable[tuple[Scope, str | None]]
) -> list[SwitchRecord]:
    """Return the system's record and those of the named lower scopes, highest first."""
    named: list[tuple[Scope, str | None]] = [("system", ""), *below]
    return [uow.switches.get(installation_id, scope, ref) for scope, ref in named if ref is not None]


def _board(
    uow: UnitOfWork, manifest: Manifest, installation: Installation, scope: Scope, scope_ref: str
) -> Switchboard:
    record = uow.switches.get(installation.id, scope, scope_ref)
    records = [*_above(uow, installation.id, scope, scope_ref), record]
    return Switchboard(
        record=record, effective=resolve(manifest.defaults(), records),
        owner=installation.settings_owner, page=installation.config.get("settings_page"),
    )  # fmt: skip


def _touched(uow: UnitOfWork, installation_id: str, scope: Scope, scope_ref: str) -> list[str]:
    known = uow.host_events.list(installation_id)
    if scope == "organisation":
        return [found.ref for found in known if found.organisation == scope_ref]
    return [found.ref for found in known if scope == "system" or found.ref == scope_ref]
