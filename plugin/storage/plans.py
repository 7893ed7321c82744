"""Plans: what organisers said of them, the draft, and what is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from ..domain.plans import Brief, Plan, PlanFeature, Planning
from .tables import plans
from .upsert import upsert


class Plans:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, installation_id: str, host_event: str, feature: PlanFeature) -> Planning:
        row = self._connection.execute(
            select(plans).where(
                plans.c.installation_id == installation_id,
                plans.c.host_event == host_event,
                plans.c.feature == feature,
            )
        ).one_or_none()
        return Planning(feature=feature) if row is None else _planning(row)

    def of_host_event(self, installation_id: str, host_event: str) -> Sequence[Planning]:
        rows = self._connection.execute(
            select(plans)
            .where(plans.c.installation_id == installation_id, plans.c.host_event == host_event)
            .order_by(plans.c.feature)
        )
        return [_planning(row) for row in rows]

    def save(self, installation_id: str, host_event: str, planning: Planning) -> Planning:
        risen = replace(planning, version=planning.version + 1)
        values = {
            "brief": orjson.dumps(risen.brief.to_dict()),
            "asked": risen.asked,
            "drafted": risen.drafted,
            "draft": _packed(risen.draft),
            "published": _packed(risen.published),
            "published_brief": orjson.dumps(risen.published_brief.to_dict()),
            "published_at": risen.published_at,
            "version": risen.version,
        }
        statement = upsert(self._connection, plans).values(
            installation_id=installation_id, host_event=host_event, feature=risen.feature, **values
        )
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["installation_id", "host_event", "feature"], set_=values
            )
        )
        return risen


def _packed(plan: Plan | None) -> bytes | None:
    return None if plan is None else orjson.dumps(plan.to_dict())


def _opened(blob: bytes | None) -> Plan | None:
    return None if blob is None else Plan.from_dict(orjson.loads(blob))


def _planning(row: Row[Any]) -> Planning:
    return Planning(
        feature=row.feature,
        brief=Brief.from_dict(orjson.loads(row.brief)),
        asked=row.asked,
        drafted=row.drafted,
        draft=_opened(row.draft),
        published=_opened(row.published),
        published_brief=Brief.from_dict(orjson.loads(row.published_brief)),
        published_at=row.published_at,
        version=row.version,
    )
