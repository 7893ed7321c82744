"""Invitations and the connections made by them, in SQL; and everything of an installation's people going at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, delete, exists, func, insert, select, update
from sqlalchemy import Connection as Database

from ..services.connections_port import Connection, Invitation
from . import tables
from .connection_tables import connections, invitations, signed_requests
from .meeting_requests import meeting_requests
from .upsert import upsert

PEOPLE = (
    tables.delivery_subjects, tables.inbox, tables.dead_letters, tables.refetches, tables.feedback,
    meeting_requests, tables.computations, tables.plans, tables.outbox,
)  # fmt: skip
"""Tables that hold people, or their keys, beside the people themselves."""


class Invitations:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, invitation: Invitation, code_hash: str) -> None:
        self._database.execute(
            insert(invitations).values(
                id=invitation.id,
                code_hash=code_hash,
                name=invitation.name,
                addresses=orjson.dumps(invitation.addresses),
                allow_private=orjson.dumps(invitation.allow_private),
                uses=invitation.uses,
                left=invitation.left,
                created_at=invitation.created_at,
                expires_at=invitation.expires_at,
            )
        )

    def is_good(self, code_hash: str, *, now: float) -> bool:
        query = select(invitations.c.id).where(*_good(code_hash, now))
        return self._database.execute(query).first() is not None

    def redeem(self, code_hash: str, *, now: float) -> Invitation | None:
        spent = (
            update(invitations)
            .where(*_good(code_hash, now))
            .values(left=invitations.c.left - 1)
            .returning(*invitations.c)
        )
        row = self._database.execute(spent).first()
        return None if row is None else _invitation(row)

    def list(self) -> Sequence[Invitation]:
        query = select(invitations).order_by(invitations.c.created_at, invitations.c.id)
        return [_invitation(row) for row in self._database.execute(query)]

    def end(self, invitation_id: str) -> bool:
        ended = update(invitations).where(invitations.c.id == invitation_id).values(left=0)
        return self._database.execute(ended).rowcount == 1

    def expire(self, *, before: float) -> int:
        return self._database.execute(delete(invitations).where(invitations.c.expires_at < before)).rowcount


class Connections:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, connection: Connection) -> None:
        self._database.execute(
            insert(connections).values(
                installation_id=connection.installation_id,
                invitation_id=connection.invitation_id,
                addresses=orjson.dumps(connection.addresses),
                host=orjson.dumps(dict(connection.host)),
                connected_at=connection.connected_at,
                erased_at=connection.erased_at,
                left_at=connection.left_at,
            )
        )

    def get(self, installation_id: str) -> Connection | None:
        row = self._database.execute(
            select(connections).where(connections.c.installation_id == installation_id)
        ).first()
        if row is None:
            return None
        return Connection(
            row.installation_id, row.invitation_id, tuple(orjson.loads(row.addresses)), orjson.loads(row.host),
            row.connected_at, row.erased_at, row.left_at,
        )  # fmt: skip

    def set_left(self, installation_id: str, at: float) -> None:
        here = connections.c.installation_id == installation_id
        self._database.execute(
            update(connections).where(here, connections.c.left_at.is_(None)).values(left_at=at)
        )

    def came_back(self, installation_id: str) -> None:
        here = connections.c.installation_id == installation_id
        self._database.execute(update(connections).where(here).values(left_at=None, erased_at=None))

    def left(self, *, before: float) -> Sequence[str]:
        rows = self._database.execute(
            select(connections.c.installation_id)
            .where(connections.c.left_at < before, connections.c.erased_at.is_(None))
            .order_by(connections.c.left_at)
        )
        return list(rows.scalars())

    def kept_too_long(self, installation_id: str, *, before: float) -> bool:
        still = select(connections.c.left_at).where(
            connections.c.installation_id == installation_id,
            connections.c.left_at < before,
            connections.c.erased_at.is_(None),
        )
        return self._database.execute(still.with_for_update()).first() is not None

    def set_erased(self, installation_id: str, at: float) -> None:
        self._database.execute(
            update(connections).where(connections.c.installation_id == installation_id).values(erased_at=at)
        )

    def erased(self) -> Sequence[str]:
        arrived = exists().where(tables.inbox.c.installation_id == connections.c.installation_id)
        rows = self._database.execute(
            select(connections.c.installation_id).where(connections.c.erased_at.is_not(None), arrived)
        )
        return list(rows.scalars())

    def use_once(self, installation_id: str, digest: str, *, now: float) -> bool:
        statement = upsert(self._database, signed_requests).values(
            installation_id=installation_id, digest=digest, at=now
        )
        new = statement.on_conflict_do_nothing().returning(signed_requests.c.digest)
        return self._database.execute(new).first() is not None

    def expire(self, *, before: float) -> None:
        self._database.execute(delete(signed_requests).where(signed_requests.c.at < before))

    def clear(self, installation_id: str) -> int:
        for table in PEOPLE:
            self._database.execute(delete(table).where(table.c.installation_id == installation_id))
        # Vectors go with the rows (ON DELETE CASCADE).
        people = tables.attendees
        return self._database.execute(
            delete(people).where(people.c.installation_id == installation_id)
        ).rowcount

    def dead_letters(self, installation_id: str) -> int:
        letters = tables.dead_letters
        query = select(func.count()).select_from(letters)
        return self._database.execute(query.where(letters.c.installation_id == installation_id)).scalar_one()

    def last_result_at(self, installation_id: str) -> float | None:
        cells = tables.outbox
        held = cells.c.acknowledged_revision == cells.c.desired_revision
        query = select(func.max(cells.c.desired_at)).where(cells.c.installation_id == installation_id, held)
        newest: float | None = self._database.execute(query).scalar_one()
        return newest


def _good(code_hash: str, now: float) -> tuple[ColumnElement[bool], ...]:
    return invitations.c.code_hash == code_hash, invitations.c.left > 0, invitations.c.expires_at > now


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        id=row.id, name=row.name, addresses=tuple(orjson.loads(row.addresses)),
        allow_private=tuple(orjson.loads(row.allow_private)), uses=row.uses, left=row.left,
        created_at=row.created_at, expires_at=row.expires_at,
    )  # fmt: skip
