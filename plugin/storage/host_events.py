"""Host events: what is known of them, how far their results are, and what the last computation left behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from ..domain.model import NEVER, HostEvent
from .tables import computations, host_events, installations
from .upsert import upsert


class HostEvents:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, installation_id: str, ref: str) -> HostEvent | None:
        row = self._connection.execute(
            select(host_events).where(
                host_events.c.installation_id == installation_id, host_events.c.ref == ref
            )
        ).one_or_none()
        return None if row is None else _host_event(row)

    def list(self, installation_id: str) -> Sequence[HostEvent]:
        rows = self._connection.execute(
            select(host_events)
            .where(host_events.c.installation_id == installation_id)
            .order_by(host_events.c.ref)
        )
        return [_host_event(row) for row in rows]

    def save(self, host_event: HostEvent) -> None:
        """Store the facts; the version counters only move through ``soil`` and ``computed``."""
        facts = {
            "name": host_event.name,
            "organisation": host_event.organisation,
            "languages": ",".join(host_event.languages),
            "ends_at": host_event.ends_at,
            "cancelled": host_event.cancelled,
            "stamp": host_event.stamp,
        }
        statement = upsert(self._connection, host_events).values(
            installation_id=host_event.installation_id,
            ref=host_event.ref,
            dirty_version=0,
            computed_version=0,
            **facts,
        )
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["installation_id", "ref"], set_=facts)
        )

    def soil(self, installation_id: str, ref: str) -> int:
        statement = upsert(self._connection, host_events).values(
            installation_id=installation_id,
            ref=ref,
            name="",
            organisation=None,
            languages="",
            ends_at=None,
            cancelled=False,
            stamp=NEVER,
            dirty_version=1,
            computed_version=0,
        )
        statement = statement.on_conflict_do_update(
            index_elements=["installation_id", "ref"], set_={"dirty_version": host_events.c.dirty_version + 1}
        ).returning(host_events.c.dirty_version)
        return int(self._connection.execute(statement).scalar_one())

    def computed(self, installation_id: str, ref: str, version: int) -> None:
        self._connection.execute(
            update(host_events)
            .where(
                host_events.c.installation_id == installation_id,
                host_events.c.ref == ref,
                host_events.c.computed_version < version,
            )
            .values(computed_version=version)
        )

    def dirty(self) -> Sequence[tuple[str, str]]:
        rows = self._connection.execute(
            select(host_events.c.installation_id, host_events.c.ref)
            .join(installations, installations.c.id == host_events.c.installation_id)
            .where(
                host_events.c.dirty_version > host_events.c.computed_version,
                installations.c.status != "disabled",
            )
        )
        return [(row[0], row[1]) for row in rows]

    def state(self, installation_id: str, ref: str, feature: str) -> tuple[int, str, bytes] | None:
        row = self._connection.execute(
            select(computations.c.version, computations.c.fingerprint, computations.c.state).where(
                computations.c.installation_id == installation_id,
                computations.c.host_event == ref,
                computations.c.feature == feature,
            )
        ).one_or_none()
        return None if row is None else (row.version, row.fingerprint, row.state)

    def outdated(self, feature: str, fingerprint: str) -> Sequence[tuple[str, str]]:
        rows = self._connection.execute(
            select(computations.c.installation_id, computations.c.host_event)
            .where(computations.c.feature == feature, computations.c.fingerprint != fingerprint)
            .order_by(computations.c.installation_id, computations.c.host_event)
        )
        return [(row.installation_id, row.host_event) for row in rows]

    def save_state(
        self, installation_id: str, ref: str, feature: str, version: int, fingerprint: str, blob: bytes
    ) -> None:
        values = {"version": version, "fingerprint": fingerprint, "state": blob}
        statement = upsert(self._connection, computations).values(
            installation_id=installation_id, host_event=ref, feature=feature, **values
        )
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["installation_id", "host_event", "feature"], set_=values
            )
        )

    def drop_states(self, installation_id: str, ref: str, feature: str | None = None) -> None:
        gone = delete(computations).where(
            computations.c.installation_id == installation_id, computations.c.host_event == ref
        )
        if feature is not None:
            gone = gone.where(computations.c.feature == feature)
        self._connection.execute(gone)


def _host_event(row: Row[Any]) -> HostEvent:
    return HostEvent(
        installation_id=row.installation_id,
        ref=row.ref,
        name=row.name,
        organisation=row.organisation,
        languages=tuple(row.languages.split(",")) if row.languages else (),
        ends_at=row.ends_at,
        cancelled=row.cancelled,
        stamp=row.stamp,
        dirty_version=row.dirty_version,
        computed_version=row.computed_version,
    )
