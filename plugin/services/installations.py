"""Installations, from the first credential to the last: add, open, rotate, disable, resume."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ...hooks.contract import HostAdapter, Installation
from ..domain.errors import Conflict, InvalidPayload, NotFound, UnknownHost
from .access import SCOPES, TokenScope
from .configuration import configured
from .credentials import Credentials
from .ports import Services, TokenRecord, UnitOfWork

SettingsOwner = Literal["service", "host"]
DAY = 86400.0

BEING_REMOVED = "being removed"
"""Why an installation is disabled of which a part may be gone already: it is never resumed."""


@dataclass(frozen=True, slots=True)
class NewInstallation:
    """What ``create`` made. The only moment at which tokens, the path and generated secrets can be read.

    ``path`` is the unguessable last part of the address, ``None`` where the host signs its deliveries.
    ``generated`` are secrets that entremise made up and the host has to be given.
    """

    installation: Installation
    tokens: Mapping[TokenScope, str] = field(repr=False)
    path: str | None = field(repr=False)
    generated: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rotated:
    """What ``rotate`` made: new secrets by field, new tokens by scope, a new path; each shown once."""

    secrets: Mapping[str, str] = field(repr=False)
    tokens: Mapping[TokenScope, str] = field(repr=False)
    path: str | None = field(repr=False)


def create(
    container: Services, *, host: str, name: str, config: Mapping[str, Any], secrets: Mapping[str, Any],
    settings_owner: SettingsOwner = "service", scopes: Iterable[TokenScope] = SCOPES, actor: str = "operator",
) -> NewInstallation:  # fmt: skip
    """Add a tenant.

    ``config`` and ``secrets`` are validated by the host adapter's own schemas; a secret that the adapter marks as
    generated is made up when it is missing. Raises ``UnknownHost``, ``InvalidPayload`` naming the field, or
    ``Conflict`` when the name is taken.
    """
    with container.store.begin() as uow:
        made = create_in(
            container, uow, host=host, name=name, config=config, secrets=secrets, settings_owner=settings_owner,
            actor=actor,
        )  # fmt: skip
        tokens = {
            scope: add_token(container, uow, made.installation.id, [scope], label=scope)[1]
            for scope in scopes
        }
    return replace(made, tokens=tokens)


def create_in(
    container: Services, uow: UnitOfWork, *, host: str, name: str, config: Mapping[str, Any],
    secrets: Mapping[str, Any], settings_owner: SettingsOwner, actor: str,
) -> NewInstallation:  # fmt: skip
    """``create`` without tokens, inside a transaction that is open already."""
    adapter = adapter_of(container, host)
    if not name.strip() or len(name) > 255:
        raise InvalidPayload("a name of 1 to 255 characters is needed", field="name")
    config = configured(adapter, config)
    credentials, generated = Credentials.made(adapter.secrets, secrets)
    installation = Installation(
        id=randomness.token_hex(8), host=host, name=name.strip(), config=config, secrets={},
        settings_owner=settings_owner,
    )  # fmt: skip
    path = randomness.token_urlsafe(32)
    now = container.clock()
    if any(other.name == installation.name for other in uow.installations.list()):
        raise Conflict(f"there is an installation named {installation.name!r} already")
    uow.installations.add(
        installation, sealed=container.vault.seal(credentials.document()),
        path_hash=container.vault.hash_token(path), now=now,
    )  # fmt: skip
    uow.switches.note(
        installation.id, actor=actor, action="installation added", details={"host": host}, now=now
    )
    opened = replace(installation, secrets=credentials.current(now))
    return NewInstallation(opened, {}, None if adapter.capabilities.signed else path, generated)


def open_installation(container: Services, installation_id: str) -> Installation:
    """Return it with its secrets decrypted; raises ``NotFound``. Disabled ones are returned, too.

    Reads one row each time, so that a change counts at once; what was decrypted is remembered by its sealed bytes.
    """
    with container.store.snapshot() as uow:
        return open_in(container, uow, installation_id)


def open_in(container: Services, uow: UnitOfWork, installation_id: str) -> Installation:
    """``open_installation`` inside a transaction that is open already."""
    installation = uow.installations.get(installation_id)
    if installation is None:
        raise NotFound("there is no such installation")
    credentials = Credentials.read(container.vault.open(uow.installations.sealed(installation_id)))
    return replace(installation, secrets=credentials.current(container.clock()))


def find(container: Services, named: str | None) -> Installation:
    """Return the installation with this id or name, secrets closed; ``None`` means the only one there is.

    Raises ``NotFound`` that says which there are.
    """
    with container.store.snapshot() as uow:
        known = uow.installations.list()
    fitting = [found for found in known if named is None or named in (found.id, found.name)]
    if len(fitting) == 1:
        return fitting[0]
    there_are = ", ".join(f"{found.id} ({found.name})" for found in known) or "none; add one first"
    wanted = "say which installation" if named is None else f"there is no installation {named!r}"
    raise NotFound(f"{wanted}; there are: {there_are}")


def rotate(
    container: Services, installation_id: str, *, secrets: Mapping[str, Any] | None = None,
    generate: Iterable[str] = (), scopes: Iterable[TokenScope] = (), path: bool = False,
    overlap: float = DAY, actor: str = "operator",
) -> Rotated:  # fmt: skip
    """Replace credentials.

    ``secrets`` are new values, ``generate`` names signing secrets to make up: where the adapter takes several, the
    former one stays good for ``overlap`` seconds. ``scopes`` are scopes whose tokens are revoked and made anew at
    once; ``path`` makes a new unguessable address at once. Everything is sealed under the newest key.
    """
    with container.store.begin() as uow:
        return rotate_in(
            container, uow, installation_id, secrets=secrets or {}, generate=generate, scopes=scopes, path=path,
            overlap=overlap, actor=actor,
        )  # fmt: skip


def rotate_in(
    container: Services, uow: UnitOfWork, installation_id: str, *, secrets: Mapping[str, Any],
    generate: Iterable[str], scopes: Iterable[TokenScope], path: bool, overlap: float, actor: str,
) -> Rotated:  # fmt: skip
    """``rotate`` inside a transaction that is open already."""
    now = container.clock()
    installation = open_in(container, uow, installation_id)
    adapter = adapter_of(container, installation.host)
    credentials = Credentials.read(container.vault.open(uow.installations.sealed(installation_id)))
    credentials, made = credentials.rotated(
        adapter.secrets, secrets, generate=tuple(generate), now=now, overlap=overlap
    )
    new_path = randomness.token_urlsafe(32) if path else None
    uow.installations.update(
        installation, sealed=container.vault.seal(credentials.document()),
        path_hash=container.vault.hash_token(new_path) if new_path else None,
    )  # fmt: skip
    tokens = {}
    for scope in scopes:
        for record in uow.installations.tokens(installation_id):
            if record.scopes == {scope}:
                uow.installations.revoke_token(installation_id, record.id, now=now)
        tokens[scope] = add_token(container, uow, installation_id, [scope], label=scope)[1]
    details = {"secrets": sorted({*secrets, *made}), "tokens": sorted(tokens), "path": path}
    uow.switches.note(installation_id, actor=actor, action="rotated", details=details, now=now)
    return Rotated(made, tokens, new_path)


def configure(
    container: Services, installation_id: str, config: Mapping[str, Any], *, actor: str = "operator"
) -> Installation:
    """Replace the configuration, validated by the adapter's schema."""
    with container.store.begin() as uow:
        installation = open_in(container, uow, installation_id)
        adapter = adapter_of(container, installation.host)
        installation = replace(installation, config=configured(adapter, config))
        uow.installations.update(installation)
        uow.switches.note(
            installation_id, actor=actor, action="configured", details={}, now=container.clock()
        )
    return installation


def disable(container: Services, installation_id: str, *, because: str = "", actor: str = "operator") -> None:
    """Stop everything of this tenant: its doors answer 404, nothing is computed or written back."""
    _set_status(container, installation_id, "disabled", because or "disabled by the operator", actor)


def resume(container: Services, installation_id: str, *, actor: str = "operator") -> None:
    """Go on after ``disable``, or after a pause because the host refused our credential."""
    _set_status(container, installation_id, "active", "", actor)
    for job in ("process", "look_up", "write_back"):
        container.queue.ring(job, installation_id)


def add_token(
    container: Services, uow: UnitOfWork, installation_id: str, scopes: Iterable[TokenScope], *, label: str
) -> tuple[TokenRecord, str]:
    """Make a token and return its record and its text, which is stored nowhere.

    Where the host owns the switches, one token of scope ``settings`` is the host's: a second one replaces it.
    """
    token = f"entremise_{randomness.token_urlsafe(32)}"
    now = container.clock()
    record = TokenRecord(randomness.token_hex(8), installation_id, frozenset(scopes), label, now)
    installation = uow.installations.get(installation_id)
    if installation is None:
        raise NotFound("there is no such installation")
    if installation.settings_owner == "host" and "settings" in record.scopes:
        for other in uow.installations.tokens(installation_id):
            if "settings" in other.scopes:
                uow.installations.revoke_token(installation_id, other.id, now=now)
    uow.installations.add_token(record, container.vault.hash_token(token))
    return record, token


def reseal(container: Services) -> int:
    """Seal every installation's secrets under the newest key; return how many there are."""
    with container.store.begin() as uow:
        known = uow.installations.list()
        for installation in known:
            sealed = container.vault.reseal(uow.installations.sealed(installation.id))
            uow.installations.update(installation, sealed=sealed)
    return len(known)


def issue_token(
    container: Services,
    installation_id: str,
    scopes: Iterable[TokenScope],
    *,
    label: str,
    actor: str = "operator",
) -> tuple[TokenRecord, str]:
    """Make one more token; its text is shown this once."""
    with container.store.begin() as uow:
        record, token = add_token(container, uow, installation_id, scopes, label=label)
        details = {"token": record.id, "scopes": sorted(record.scopes)}
        uow.switches.note(
            installation_id, actor=actor, action="token issued", details=details, now=container.clock()
        )
    return record, token


def revoke_token(
    container: Services, installation_id: str, token_id: str, *, actor: str = "operator"
) -> None:
    """Make a token useless; raises ``NotFound`` when this installation has none of that id."""
    now = container.clock()
    with container.store.begin() as uow:
        if token_id not in {record.id for record in uow.installations.tokens(installation_id)}:
            raise NotFound(f"there is no token {token_id!r}")
        uow.installations.revoke_token(installation_id, token_id, now=now)
        uow.switches.note(
            installation_id, actor=actor, action="token revoked", details={"token": token_id}, now=now
        )


def address(container: Services, installation: Installation, path: str | None, *, public_url: str) -> str:
    """Return where the host sends its deliveries; ``path`` is the unguessable part, where there is one."""
    base = f"{public_url.rstrip('/')}/hosts/{installation.id}/deliveries"
    if adapter_of(container, installation.host).capabilities.signed:
        return base
    return f"{base}/{path or '<the part shown when it was added>'}"


def _set_status(container: Services, installation_id: str, status: str, because: str, actor: str) -> None:
    with container.store.begin() as uow:
        found = uow.installations.get(installation_id)
        if found is None:
            raise NotFound("there is no such installation")
        if found.paused_because == BEING_REMOVED:
            raise Conflict("it is being removed: have that finished with `entremise installation remove`")
        if status == "active":
            uow.connections.came_back(installation_id)
        uow.installations.set_status(installation_id, status, because)
        uow.switches.note(
            installation_id, actor=actor, action=status, details={"because": because}, now=container.clock()
        )


def adapter_of(container: Services, host: str) -> HostAdapter:
    """Return the host adapter of this name; raises ``UnknownHost`` that lists those there are."""
    try:
        return container.hosts[host]
    except KeyError:
        known = ", ".join(sorted(container.hosts))
        raise UnknownHost(f"no plugin registered a host named {host!r}; there are: {known}") from None
