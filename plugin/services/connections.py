"""Connections: a host makes its own installation by an invitation, and renews or ends it by its own signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import orjson

from ...hooks import signatures
from ...hooks.contract import Installation
from ..domain.errors import Conflict, InvalidPayload, InvalidSignature, NotFound, Unauthenticated
from ..domain.web_addresses import lies_below
from .access import TokenScope
from .configuration import configured
from .connections_port import Connection
from .credentials import Credentials
from .installations import DAY, adapter_of, add_token, create_in, open_in, rotate_in
from .invitations import HOST, check_code, redeem
from .ports import Services, UnitOfWork

Purpose = Literal["renew", "leave", "erase"]
Renewed = Literal["secrets", "token"]

SCOPES: tuple[TokenScope, ...] = ("settings", "plans", "read_results")
"""What the one token of a connection may do."""

BY_THE_HOST = "disabled by the host"
"""Why an installation is disabled whose host left; such a one the host may resume."""

_SECRETS = ("signing_secrets", "callback_secrets")
_MOST_SECRETS = 8
"""Signing secrets that are good at the same time: a host that rotates in circles is stopped here."""


@dataclass(frozen=True, slots=True)
class Connected:
    """What a host has to keep. ``token`` is ``None`` unless it was made just now."""

    installation: str
    name: str
    signing_secret: str = field(repr=False)
    callback_secret: str = field(repr=False)
    token: str | None = field(repr=False)
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A request that the host of this installation signed; it is good for one act."""

    installation_id: str
    digest: str


@dataclass(frozen=True, slots=True)
class Fares:
    """How a connection fares, for the host's own page. ``last_…`` are in seconds since 1970."""

    status: str
    paused_because: str
    fingerprint: str
    backlog: int
    waiting: int
    dead_letters: int
    last_delivery_at: float | None
    last_result_at: float | None


def connect(
    services: Services,
    *,
    code: str,
    name: str,
    callback_url: str,
    settings_page: str,
    host: Mapping[str, str],
) -> Connected:
    """Make an installation for whoever has a good code. Raises ``BadCode``, or ``InvalidPayload`` naming the field.

    Nothing is spent by a request that is refused, and a wrong code costs one look: it holds up nobody who writes.
    """
    check_code(services, code)
    with services.store.begin() as uow:
        invitation = redeem(services, uow, code)
        addresses = {"callback_url": callback_url, "settings_page": settings_page}
        _check_addresses(invitation.addresses, addresses)
        reachable = {"allow_private": list(invitation.allow_private)} if invitation.allow_private else {}
        actor = f"invitation {invitation.id}"
        made = create_in(
            services, uow, host=HOST, name=_free_name(uow, name), config={**addresses, **reachable}, secrets={},
            settings_owner="host", actor=actor,
        )  # fmt: skip
        installation_id = made.installation.id
        now = services.clock()
        uow.connections.add(
            Connection(installation_id, invitation.id, invitation.addresses, dict(host), connected_at=now)
        )
        _, token = add_token(services, uow, installation_id, SCOPES, label="connection")
        uow.switches.note(installation_id, actor=actor, action="connected", details=dict(host), now=now)
        return _connected(services, uow, installation_id, token)


def prove(
    services: Services, installation_id: str, headers: Mapping[str, str], body: bytes, purpose: Purpose
) -> Proof:
    """Check who signed the raw body, and what for: the signed id begins with the purpose.

    ``headers`` have lower-case names. Raises ``Unauthenticated``, the same for a wrong signature and for an
    installation that is not there or that no host made for itself.
    """
    message_id = headers.get("webhook-id", "")
    # Where there is nobody, a secret that nobody knows is tried: it takes as long.
    secrets: Sequence[str] = [signatures.new_secret()]
    with services.store.snapshot() as uow:
        if uow.connections.get(installation_id) is not None:
            secrets = open_in(services, uow, installation_id).secrets["signing_secrets"]
    try:
        signatures.verify(secrets, headers, body, now=services.clock())
    except InvalidSignature as error:
        raise Unauthenticated(f"this needs the signature of the connected host: {error}") from None
    if not message_id.startswith(f"{purpose}_"):
        raise Unauthenticated(f"this needs a signature for it: webhook-id has to begin with {purpose}_")
    return Proof(installation_id, services.vault.digest(installation_id, f"request\0{message_id}"))


def renew(
    services: Services, proof: Proof, *, rotate: Sequence[Renewed] = (), resume: bool = False,
    addresses: Mapping[str, str] | None = None,
) -> Connected:  # fmt: skip
    """Return the newest credentials after changing what was asked for.

    Former secrets stay good for a day, a former token ends at once. Raises ``Conflict`` when the operator disabled
    the installation or the request was used before, ``InvalidPayload`` naming an address that is not allowed.
    """
    token = None
    with services.store.begin() as uow:
        installation, connection = use_up(services, uow, proof)
        if installation.status == "disabled" and installation.paused_because != BY_THE_HOST:
            raise Conflict("the operator of the service disabled this installation")
        if addresses:
            _check_addresses(connection.addresses, addresses)
            config = configured(adapter_of(services, installation.host), {**installation.config, **addresses})
            installation = replace(installation, config=config)
            uow.installations.update(installation)
        if resume:
            _resume(uow, installation, connection, now=services.clock())
        if "secrets" in rotate:
            if len(installation.secrets["signing_secrets"]) >= _MOST_SECRETS:
                raise Conflict("the secrets were rotated too often within a day")
            rotate_in(
                services, uow, installation.id, secrets={}, generate=_SECRETS, scopes=(), path=False, overlap=DAY,
                actor="host",
            )  # fmt: skip
        if "token" in rotate:
            # One token of scope "settings" is the host's: this one replaces it.
            _, token = add_token(services, uow, installation.id, SCOPES, label="connection")
        if addresses or resume or token:
            details = {
                "configured": sorted(addresses or ()), "resumed": resume, "tokens": ["connection"] if token else [],
            }  # fmt: skip
            uow.switches.note(
                installation.id,
                actor="host",
                action="connection renewed",
                details=details,
                now=services.clock(),
            )
        renewed = _connected(services, uow, installation.id, token)
    if resume:
        for job in ("process", "write_back"):
            services.queue.ring(job, installation.id)
    return renewed


def use_up(services: Services, uow: UnitOfWork, proof: Proof) -> tuple[Installation, Connection]:
    """Use the proof up, and return what it is about."""
    connection = uow.connections.get(proof.installation_id)
    if connection is None:
        raise Unauthenticated("this needs the signature of a connected host")  # removed since it was proved
    if not uow.connections.use_once(proof.installation_id, proof.digest, now=services.clock()):
        raise Conflict("this request was used before: sign a new one")
    return open_in(services, uow, proof.installation_id), connection


def fares(services: Services, installation_id: str) -> Fares:
    """Return how the connection fares; raises ``NotFound`` for an installation that no host made for itself."""
    with services.store.snapshot() as uow:
        installation = uow.installations.get(installation_id)
        if installation is None or uow.connections.get(installation_id) is None:
            raise NotFound("no host made this installation for itself")
        return Fares(
            status=installation.status,
            paused_because=installation.paused_because,
            fingerprint=_fingerprint(services, installation, _credentials(services, uow, installation_id)),
            backlog=uow.inbox.backlog(installation_id),
            waiting=uow.departures.waiting(installation_id),
            dead_letters=uow.connections.dead_letters(installation_id),
            last_delivery_at=uow.inbox.last_received(installation_id),
            last_result_at=uow.connections.last_result_at(installation_id),
        )


def _resume(uow: UnitOfWork, installation: Installation, connection: Connection, *, now: float) -> None:
    if connection.erased_at is not None and installation.status == "disabled":
        # What was on its way when everybody was erased.
        uow.connections.clear(installation.id)
    uow.connections.came_back(installation.id)
    if installation.status == "disabled":
        # A host that leaves takes down what it shows; most of it is still what it should show.
        uow.departures.offer_again(installation.id, now=now)
    uow.installations.set_status(installation.id, "active", "")


def _check_addresses(allowed: Sequence[str], given: Mapping[str, str]) -> None:
    for name, address in given.items():
        if not any(lies_below(address, above) for above in allowed):
            raise InvalidPayload(
                f"must lie below an address that the invitation names: {', '.join(allowed)}", field=name
            )


def _free_name(uow: UnitOfWork, name: str) -> str:
    """Return the name, with a number behind it where another installation has it."""
    taken = {known.name for known in uow.installations.list()}
    name = name.strip()
    if not name.isprintable():
        raise InvalidPayload("must hold printable characters only", field="name")
    if name not in taken:
        return name
    return next(
        numbered
        for number in range(2, len(taken) + 3)
        if (numbered := f"{name[:240]} ({number})") not in taken
    )


def _connected(services: Services, uow: UnitOfWork, installation_id: str, token: str | None) -> Connected:
    installation = uow.installations.get(installation_id)
    assert installation is not None
    values = _credentials(services, uow, installation_id)
    return Connected(
        installation=installation_id, name=installation.name, signing_secret=values["signing_secrets"][0],
        callback_secret=values["callback_secrets"][0], token=token,
        fingerprint=_fingerprint(services, installation, values),
    )  # fmt: skip


def _credentials(services: Services, uow: UnitOfWork, installation_id: str) -> Mapping[str, Any]:
    """Return the present secrets; former ones that are still good are left out."""
    return Credentials.read(services.vault.open(uow.installations.sealed(installation_id))).values


def _fingerprint(services: Services, installation: Installation, values: Mapping[str, Any]) -> str:
    """Return 16 hexadecimal digits that change with secrets and configuration, and tell nothing of either."""
    told = orjson.dumps([dict(values), dict(installation.config)], option=orjson.OPT_SORT_KEYS).decode()
    return services.vault.digest(installation.id, f"connection\0{told}")[:16]
