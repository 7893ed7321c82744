"""Who asks whom for a meeting, and what was answered first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Column, Connection, Float, String, Table, delete, or_, select, update

from ..domain.meetings import MeetingRequest
from ..domain.model import NEVER
from .tables import metadata
from .upsert import upsert

meeting_requests = Table(
    "meeting_requests", metadata,
    Column("installation_id", String(32), primary_key=True),
    Column("host_event", String(255), primary_key=True),
    Column("ref", String(64), primary_key=True),
    Column("requester", String(255), nullable=False),
    Column("invitee", String(255), nullable=False),
    Column("starts_at", Float, nullable=False),
    Column("ends_at", Float, nullable=False, index=True),
    Column("made", String(300), nullable=False),
    Column("expires_at", Float, nullable=False),
    # The stamp at which each was first said; empty: never.
    Column("accepted", String(300), nullable=False),
    Column("declined", String(300), nullable=False),
    Column("withdrawn", String(300), nullable=False),
)  # fmt: skip


class MeetingRequests:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, installation_id: str, host_event: str, request: MeetingRequest) -> None:
        said = asdict(request)
        key = {"installation_id": installation_id, "host_event": host_event, "ref": said.pop("ref")}
        statement = upsert(self._connection, meeting_requests).values(**key, **said)
        self._connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=said))

    def of_host_event(self, installation_id: str, host_event: str) -> Sequence[MeetingRequest]:
        columns = meeting_requests.c
        fields = [columns[name] for name in MeetingRequest.__dataclass_fields__]
        rows = self._connection.execute(
            select(*fields)
            .where(columns.installation_id == installation_id, columns.host_event == host_event)
            .order_by(columns.made, columns.ref)
        )
        return [MeetingRequest(**row._mapping) for row in rows]

    def withdraw(self, installation_id: str, host_event: str, refs: frozenset[str], when: str) -> None:
        columns = meeting_requests.c
        self._connection.execute(
            update(meeting_requests)
            .where(
                columns.installation_id == installation_id,
                columns.host_event == host_event,
                columns.withdrawn == NEVER,
                or_(columns.requester.in_(refs), columns.invitee.in_(refs)),
            )
            .values(withdrawn=when)
        )

    def remove(
        self, installation_id: str, host_event: str | None, ref: str, *, until: str | None = None
    ) -> None:
        columns = meeting_requests.c
        gone = delete(meeting_requests).where(
            columns.installation_id == installation_id,
            or_(columns.requester == ref, columns.invitee == ref),
        )
        if host_event is not None:
            gone = gone.where(columns.host_event == host_event)
        if until is not None:
            gone = gone.where(columns.made <= until)
        self._connection.execute(gone)

    def expire(self, *, before: float) -> int:
        gone = delete(meeting_requests).where(meeting_requests.c.ends_at < before)
        return self._connection.execute(gone).rowcount
