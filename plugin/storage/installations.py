"""Installations, their sealed secrets, and the hashes of their tokens, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, insert, select, update

from ...hooks.contract import Installation
from ..services.ports import TokenRecord
from . import tables

_rows = tables.installations
_tokens = tables.tokens
_SHOWN = [
    _rows.c[name] for name in ("id", "host", "name", "config", "settings_owner", "status", "paused_because")
]


class Installations:
    """The ``Installations`` port over one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, installation: Installation, *, sealed: bytes, path_hash: str, now: float) -> None:
        """Store a new one; its ``secrets`` are ignored, ``sealed`` is what is kept."""
        self._connection.execute(
            insert(_rows).values(
                id=installation.id,
                host=installation.host,
                sealed=sealed,
                path_hash=path_hash,
                created_at=now,
                **_changeable(installation),
            )
        )

    def get(self, installation_id: str) -> Installation | None:
        """Return it with ``secrets`` empty."""
        row = self._connection.execute(select(*_SHOWN).where(_rows.c.id == installation_id)).first()
        return None if row is None else _installation(row)

    def sealed(self, installation_id: str) -> bytes:
        """Return the encrypted secrets; ``KeyError`` when there is no such installation."""
        return bytes(self._one(installation_id, "sealed"))

    def path_hash(self, installation_id: str) -> str:
        """Return the hash of the unguessable part; ``KeyError`` when there is no such installation."""
        return str(self._one(installation_id, "path_hash"))

    def list(self) -> Sequence[Installation]:
        """Return all, oldest first."""
        query = select(*_SHOWN).order_by(_rows.c.created_at, _rows.c.id)
        return [_installation(row) for row in self._connection.execute(query)]

    def update(
        self, installation: Installation, *, sealed: bytes | None = None, path_hash: str | None = None
    ) -> None:
        """Replace what the operator may change; secrets and address only where given."""
        values = _changeable(installation)
        if sealed is not None:
            values["sealed"] = sealed
        if path_hash is not None:
            values["path_hash"] = path_hash
        self._connection.execute(update(_rows).where(_rows.c.id == installation.id).values(**values))

    def set_status(self, installation_id: str, status: str, because: str) -> None:
        """Activate, pause or disable, with the reason that an operator reads."""
        self._connection.execute(
            update(_rows).where(_rows.c.id == installation_id).values(status=status, paused_because=because)
        )

    def add_token(self, record: TokenRecord, token_hash: str) -> None:
        """Store a token's hash and what it may do."""
        self._connection.execute(
            insert(_tokens).values(
                id=record.id,
                installation_id=record.installation_id,
                token_hash=token_hash,
                scopes=" ".join(sorted(record.scopes)),
                label=record.label,
                created_at=record.created_at,
                revoked_at=record.revoked_at,
            )
        )

    def token(self, token_hash: str) -> TokenRecord | None:
        """Return the token with this hash, revoked or not."""
        row = self._connection.execute(select(_tokens).where(_tokens.c.token_hash == token_hash)).first()
        return None if row is None else _token(row)

    def tokens(self, installation_id: str) -> Sequence[TokenRecord]:
        """Return all of an installation's, oldest first, revoked ones included."""
        query = select(_tokens).where(_tokens.c.installation_id == installation_id)
        found = self._connection.execute(query.order_by(_tokens.c.created_at, _tokens.c.id))
        return [_token(row) for row in found]

    def revoke_token(self, installation_id: str, token_id: str, *, now: float) -> None:
        """Make a token useless from now on; harmless when it is already."""
        self._connection.execute(
            update(_tokens)
            .where(_tokens.c.installation_id == installation_id, _tokens.c.id == token_id)
            .where(_tokens.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )

    def _one(self, installation_id: str, column: str) -> Any:
        row = self._connection.execute(select(_rows.c[column]).where(_rows.c.id == installation_id)).first()
        if row is None:
            raise KeyError(installation_id)
        return row[0]


def _changeable(installation: Installation) -> dict[str, Any]:
    return {
        "name": installation.name,
        "config": orjson.dumps(dict(installation.config)),
        "settings_owner": installation.settings_owner,
        "status": installation.status,
        "paused_because": installation.paused_because,
    }


def _installation(row: Row[Any]) -> Installation:
    values: dict[str, Any] = row._asdict()
    return Installation(**{**values, "config": orjson.loads(values["config"]), "secrets": {}})


def _token(row: Row[Any]) -> TokenRecord:
    return TokenRecord(
        id=row.id, installation_id=row.installation_id, scopes=frozenset(row.scopes.split()), label=row.label,
        created_at=row.created_at, revoked_at=row.revoked_at,
    )  # fmt: skip
