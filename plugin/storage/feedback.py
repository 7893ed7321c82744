"""What people said about those whom they were shown; the latest word between two people counts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, delete, or_, select

from ..domain.events import FeedbackGiven
from .tables import feedback
from .upsert import upsert


class Feedback:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, installation_id: str, given: FeedbackGiven) -> bool:
        statement = upsert(self._connection, feedback).values(
            installation_id=installation_id,
            host_event=given.host_event,
            attendee=given.attendee,
            other=given.other,
            verdict=given.verdict,
            stamp=given.stamp,
        )
        statement = statement.on_conflict_do_update(
            index_elements=["installation_id", "host_event", "attendee", "other"],
            set_={"verdict": given.verdict, "stamp": given.stamp},
            where=feedback.c.stamp < given.stamp,
        )
        return self._connection.execute(statement).rowcount == 1

    def of_host_event(self, installation_id: str, host_event: str) -> Sequence[FeedbackGiven]:
        return self._select(
            feedback.c.installation_id == installation_id, feedback.c.host_event == host_event
        )

    def of_person(self, installation_id: str, host_event: str, ref: str) -> Sequence[FeedbackGiven]:
        return self._select(
            feedback.c.installation_id == installation_id,
            feedback.c.host_event == host_event,
            feedback.c.attendee == ref,
        )

    def remove(
        self, installation_id: str, host_event: str | None, ref: str, *, until: str | None = None
    ) -> None:
        gone = delete(feedback).where(
            feedback.c.installation_id == installation_id,
            or_(feedback.c.attendee == ref, feedback.c.other == ref),
        )
        if host_event is not None:
            gone = gone.where(feedback.c.host_event == host_event)
        if until is not None:
            gone = gone.where(feedback.c.stamp <= until)
        self._connection.execute(gone)

    def _select(self, *conditions: ColumnElement[bool]) -> Sequence[FeedbackGiven]:
        rows = self._connection.execute(
            select(feedback).where(*conditions).order_by(feedback.c.attendee, feedback.c.other)
        )
        return [
            FeedbackGiven(
                host_event=row.host_event,
                stamp=row.stamp,
                attendee=row.attendee,
                other=row.other,
                verdict=row.verdict,
            )
            for row in rows
        ]
