"""Attendees: their registers, and the few columns that ranking reads without opening a profile."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, case, delete, func, select

from ..domain.model import Attendee, Profile
from ..services.ports import RosterRow
from .tables import attendee_vectors, attendees
from .upsert import upsert

CHUNK = 500
"""People asked for in one statement; databases limit the number of parameters."""


class Attendees:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self, installation_id: str) -> None:
        # On SQLite whoever may write is alone already. Rows could not be locked: somebody new has none.
        if self._connection.dialect.name == "postgresql":
            name = func.hashtextextended(f"people:{installation_id}", 0)
            self._connection.execute(select(func.pg_advisory_xact_lock(name)))

    def get(self, installation_id: str, host_event: str, ref: str) -> Attendee | None:
        return self.get_many(installation_id, host_event, [ref]).get(ref)

    def get_many(self, installation_id: str, host_event: str, refs: Iterable[str]) -> Mapping[str, Attendee]:
        wanted = list(dict.fromkeys(refs))
        found: dict[str, Attendee] = {}
        for start in range(0, len(wanted), CHUNK):
            rows = self._connection.execute(
                _REGISTERS.where(
                    attendees.c.installation_id == installation_id,
                    attendees.c.host_event == host_event,
                    attendees.c.ref.in_(wanted[start : start + CHUNK]),
                )
            )
            found.update((row.ref, _attendee(row)) for row in rows)
        return found

    def save(
        self, people: Sequence[Attendee], *, version: int | None, profile_changed: frozenset[str]
    ) -> None:
        if not people:
            return
        rows = [
            _row(person, _UNCHANGED if version is None or person.ref not in profile_changed else version)
            for person in sorted(people, key=lambda person: person.ref)
        ]
        statement = upsert(self._connection, attendees)
        new = statement.excluded
        changes: dict[str, Any] = {name: new[name] for name in rows[0] if name not in (*_KEY, "id")}
        column = attendees.c.profile_version
        changes[column.name] = case((new[column.name] == _UNCHANGED, column), else_=new[column.name])
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=list(_KEY), set_=changes), rows
        )

    def remove(self, installation_id: str, host_event: str, ref: str) -> None:
        # Vectors go with the row (ON DELETE CASCADE).
        self._connection.execute(
            delete(attendees).where(
                attendees.c.installation_id == installation_id,
                attendees.c.host_event == host_event,
                attendees.c.ref == ref,
            )
        )

    def roster(self, installation_id: str, host_event: str) -> Sequence[RosterRow]:
        rows: Iterable[Any] = self._connection.execute(
            _ROSTER.where(
                attendees.c.installation_id == installation_id, attendees.c.host_event == host_event
            ).order_by(attendees.c.id)
        )
        return [
            RosterRow(
                *(*row[:7], frozenset(row[7].split(",") if row[7] else ()), *row[8:])
            )  # in the order of _ROSTER
            for row in rows
        ]

    def refs(self, installation_id: str, host_event: str, *, prefix: str = "") -> Sequence[str]:
        rows = self._connection.execute(
            select(attendees.c.ref).where(
                attendees.c.installation_id == installation_id,
                attendees.c.host_event == host_event,
                attendees.c.ref.startswith(prefix, autoescape=True),
            )
        )
        return list(rows.scalars())

    def host_events_of(self, installation_id: str, ref: str) -> Sequence[str]:
        rows = self._connection.execute(
            select(attendees.c.host_event).where(
                attendees.c.installation_id == installation_id, attendees.c.ref == ref
            )
        )
        return list(rows.scalars())

    def vectors(
        self, ids: Sequence[int] | None, installation_id: str, host_event: str, encoder: str
    ) -> Mapping[int, bytes]:
        fresh = (
            select(attendee_vectors.c.attendee_id, attendee_vectors.c.vector)
            .join(attendees, attendees.c.id == attendee_vectors.c.attendee_id)
            .where(
                attendees.c.installation_id == installation_id,
                attendees.c.host_event == host_event,
                attendee_vectors.c.encoder == encoder,
                attendee_vectors.c.profile_version == attendees.c.profile_version,
            )
        )
        if ids is not None:
            fresh = fresh.where(attendees.c.id.in_(ids))
        return {row[0]: row[1] for row in self._connection.execute(fresh)}

    def save_vectors(self, encoder: str, vectors: Mapping[int, bytes], *, as_of: int) -> None:
        if not vectors:
            return
        # What changed or went while the vectors were made is not in this list.
        current: dict[int, int] = {}
        ids = sorted(vectors)
        for start in range(0, len(ids), CHUNK):
            rows = self._connection.execute(
                select(attendees.c.id, attendees.c.profile_version).where(
                    attendees.c.id.in_(ids[start : start + CHUNK]), attendees.c.profile_version <= as_of
                )
            )
            current.update((row[0], row[1]) for row in rows)
        rows_to_write = [
            {"attendee_id": id_, "encoder": encoder, "profile_version": version, "vector": vectors[id_]}
            for id_, version in current.items()
        ]
        if not rows_to_write:
            return
        statement = upsert(self._connection, attendee_vectors)
        statement = statement.on_conflict_do_update(
            index_elements=["attendee_id", "encoder"],
            set_={"profile_version": statement.excluded.profile_version, "vector": statement.excluded.vector},
        )
        self._connection.execute(statement, rows_to_write)

    def drop_vectors(self, installation_id: str, host_event: str) -> None:
        there = select(attendees.c.id).where(
            attendees.c.installation_id == installation_id, attendees.c.host_event == host_event
        )
        self._connection.execute(delete(attendee_vectors).where(attendee_vectors.c.attendee_id.in_(there)))


_UNCHANGED = -1
_KEY = ("installation_id", "host_event", "ref")
_REGISTERS = select(
    attendees.c.installation_id,
    attendees.c.host_event,
    attendees.c.ref,
    attendees.c.profile,
    attendees.c.profile_stamp,
    attendees.c.registered,
    attendees.c.registered_stamp,
    attendees.c.presence,
    attendees.c.presence_stamp,
    attendees.c.opted_out,
    attendees.c.opted_out_stamp,
)
_ROSTER = select(
    attendees.c.id,
    attendees.c.ref,
    attendees.c.matching,
    attendees.c.mentoring,
    attendees.c.grouping,
    attendees.c.here,
    attendees.c.mode,
    attendees.c.languages,
    attendees.c.organisation,
    attendees.c.sector,
    attendees.c.seniority,
    attendees.c.first_time,
    attendees.c.role,
    attendees.c.capacity,
    attendees.c.profile_version,
)


def _attendee(row: Row[*tuple[Any, ...]]) -> Attendee:
    return Attendee(
        installation_id=row.installation_id,
        host_event=row.host_event,
        ref=row.ref,
        profile=Profile.from_dict(orjson.loads(row.profile)),
        profile_stamp=row.profile_stamp,
        registered=row.registered,
        registered_stamp=row.registered_stamp,
        presence=row.presence,
        presence_stamp=row.presence_stamp,
        opted_out=row.opted_out,
        opted_out_stamp=row.opted_out_stamp,
    )


def _number(person: Attendee) -> int:
    """Return 63 bits that stand for the person at this host event: the same whatever arrived first, or again."""
    key = f"{person.installation_id}\0{person.host_event}\0{person.ref}"
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest()) >> 1


def _row(person: Attendee, profile_version: int) -> dict[str, Any]:
    ranked = RosterRow.of(person, number=_number(person))
    return {
        "id": ranked.id,
        "installation_id": person.installation_id,
        "host_event": person.host_event,
        "ref": person.ref,
        "profile": orjson.dumps(person.profile),
        "profile_stamp": person.profile_stamp,
        "registered": person.registered,
        "registered_stamp": person.registered_stamp,
        "presence": person.presence,
        "presence_stamp": person.presence_stamp,
        "opted_out": person.opted_out,
        "opted_out_stamp": person.opted_out_stamp,
        "matching": ranked.matching,
        "mentoring": ranked.mentoring,
        "grouping": ranked.grouping,
        "here": ranked.here,
        "mode": ranked.mode,
        "languages": ",".join(sorted(ranked.languages)),
        "organisation": ranked.organisation,
        "sector": ranked.sector,
        "seniority": ranked.seniority,
        "first_time": ranked.first_time,
        "role": ranked.role,
        "capacity": ranked.capacity,
        "profile_version": profile_version,
    }
