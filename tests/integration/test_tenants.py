"""No tenant sees, changes or even notices another one, by any route, method or token."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from builders import NOON, signed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from office import Office, an_office
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from entremise.plugin.domain.delivery import Delivery
from entremise.plugin.domain.plans import PLAN_FEATURES, Group, Member, Plan, Planning
from entremise.plugin.services import switches
from entremise.plugin.services.access import SCOPES
from entremise.plugin.services.installations import NewInstallation
from entremise.plugin.services.ports import DeadLetter
from entremise.plugin.storage.tables import metadata

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MARK = {"One": "mark-of-one", "Two": "mark-of-two"}
"""Stands in everything that a tenant holds, so that one glance at an answer shows whose it is."""

OF_NO_TENANT = re.compile(
    r"/(healthz|readyz|metrics|manifest\.(yaml|json)|openapi\.json|assets/.*|me/<token>.*|v1/connections|v1/(<path:_>)?)"
)
"""Routes without an installation in them: public, the operator’s, proved by an invitation, or scoped by a signed personal token."""


@dataclass
class Pair:
    """Two tenants who use the same keys for everything."""

    office: Office
    tenants: dict[str, NewInstallation]
    keys: Mapping[str, list[str]]

    def rules(self) -> Iterator[Rule]:
        """Yield every route that names an installation; any other route must be known to name none."""
        for rule in self.office.web.application.url_map.iter_rules():
            if "installation_id" in rule.arguments:
                yield rule
            else:
                assert OF_NO_TENANT.fullmatch(rule.rule), f"say whether {rule.rule} is of a tenant"

    def send(self, rule: Rule, method: str, token: str, parts: Mapping[str, str]) -> TestResponse:
        """Send a request that would do something if it could."""
        with self.office.web.application.test_request_context():
            built = self.office.web.application.url_map.bind("localhost").build(
                rule.endpoint, dict(parts), method
            )
        body: Any = {"values": {"connections.enabled": False}} if method == "PUT" else {"hello": "there"}
        raw = json.dumps(body).encode()
        headers = {
            "If-Match": "*",
            "Content-Type": "application/json",
            **signed(raw, secret=self.secret("One")),
        }
        return self.office.ask(method, built, token, data=raw, headers=headers)

    def secret(self, name: str) -> str:
        found: str = self.tenants[name].generated["signing_secrets"]
        return found

    def belongings(self, name: str) -> dict[str, list[Any]]:
        """Return every row of every table that is a tenant's."""
        id_ = self.tenants[name].installation.id
        with self.office.container.store.begin() as unit:
            return {
                table.name: [
                    tuple(row) for row in unit.connection.execute(select(table).where(column == id_))
                ]  # type: ignore[attr-defined]
                for table in metadata.sorted_tables
                for column in [
                    table.c.id if table.name == "installations" else table.c.get("installation_id")
                ]
                if column is not None
            }


@contextmanager
def a_pair(keys: Mapping[str, list[str]]) -> Iterator[Pair]:
    with tempfile.TemporaryDirectory() as home, an_office(Path(home)) as office:
        pair = Pair(office, {name: office.tenant(name) for name in MARK}, keys)
        for name in MARK:
            _furnish(pair, name)
        yield pair


def _furnish(pair: Pair, name: str) -> None:
    """Give a tenant one of everything, its mark on it."""
    office, tenant, mark = pair.office, pair.tenants[name], MARK[name]
    id_ = tenant.installation.id
    for host_event in pair.keys["host_event"]:
        office.host_event(tenant, host_event, organisation=pair.keys["organisation"][0])
        for attendee in pair.keys["attendee"]:
            office.attendee(tenant, attendee, host_event=host_event)
        payload = {"suggestions": [{"person": pair.keys["attendee"][0], "name": mark}]}
        office.suggest(tenant, dict.fromkeys(pair.keys["attendee"], payload), host_event=host_event)
        switches.change(
            office.container, id_, "host_event", host_event, values={"connections.list_length": 3},
            expected_version=0, actor=mark,
        )  # fmt: skip
    with office.container.store.begin() as unit:
        for host_event in pair.keys["host_event"]:
            group = Group(mark, tuple(Member(ref) for ref in pair.keys["attendee"]), {"table": mark})
            for feature in PLAN_FEATURES:
                unit.plans.save(id_, host_event, Planning(feature=feature, draft=Plan((group,))))
        delivery = Delivery(id_, "webhook", {"x-mark": mark}, mark.encode(), NOON)
        unit.dead_letters.add(
            DeadLetter(f"letter-{name}", id_, "delivery", mark, None, NOON, delivery=delivery)
        )
        unit.inbox.add_many([("key", delivery)])
        unit.counters.add(id_, received=7)


FIXED = {"host_event": ["conf"], "organisation": ["acme"], "attendee": ["a1", "a2"]}


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with a_pair(FIXED) as opened:
        yield opened


@pytest.mark.parametrize("scope", SCOPES)
def test_another_tenant_looks_exactly_like_nobody(pair: Pair, scope: str) -> None:
    """Every route, every method: what is somebody else's is not told apart from what does not exist."""
    before = pair.belongings("Two")
    token = pair.tenants["One"].tokens[scope]  # type: ignore[index]
    parts = {key: found[0] for key, found in FIXED.items()} | {
        "letter_id": "letter-Two",
        "part": "guess",
        "feature": "mentorship",
    }
    met = 0
    for rule in pair.rules():
        for method in sorted((rule.methods or set()) & set(METHODS)):
            theirs, nobodys = (
                pair.send(
                    rule,
                    method,
                    token,
                    {k: v for k, v in parts.items() if k in rule.arguments} | {"installation_id": id_},
                )
                for id_ in (pair.tenants["Two"].installation.id, "0123456789abcdef")
            )
            at_the_door = rule.rule.startswith("/hosts/")
            # What only the connected host's own signature opens is closed to everybody alike.
            signed_for = {401} if rule.rule.endswith("/connection") else set()
            expected = {404, 405, 401, 204} if at_the_door else {404, 405} | signed_for
            assert theirs.status_code in expected, (rule.rule, method, theirs.status_code)
            if not at_the_door:
                # A host's own address says by its answer that it is there; all that is behind it stays closed.
                assert _comparable(theirs) == _comparable(nobodys), (rule.rule, method)
            assert MARK["Two"] not in theirs.get_data(as_text=True)
            met += 1
    assert met > 60
    assert pair.belongings("Two") == before


@pytest.mark.parametrize("scope", SCOPES)
def test_a_letter_of_another_tenant_is_not_ones_own(pair: Pair, scope: str) -> None:
    before = pair.belongings("Two")
    token = pair.tenants["One"].tokens[scope]  # type: ignore[index]
    own = {"installation_id": pair.tenants["One"].installation.id, "letter_id": "letter-Two"}
    for rule in pair.rules():
        if "letter_id" in rule.arguments:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                assert pair.send(rule, method, token, own).status_code in {403, 404, 405}
    assert pair.belongings("Two") == before


KEY = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=12)
KEYS = st.fixed_dictionaries(
    {
        "host_event": st.lists(KEY, min_size=1, max_size=2, unique=True),
        "organisation": st.lists(KEY, min_size=1, max_size=1),
        "attendee": st.lists(KEY, min_size=1, max_size=3, unique=True),
    }
)


@settings(max_examples=settings.default.max_examples // 3, suppress_health_check=[HealthCheck.too_slow])
@given(keys=KEYS, who=st.permutations(sorted(MARK)), data=st.data())
def test_whoever_uses_the_same_keys_meets_only_what_is_theirs(
    keys: Any, who: list[str], data: st.DataObject
) -> None:
    me, other = who
    with a_pair(keys) as pair:
        before = pair.belongings(other)
        own = pair.tenants[me]
        for rule in data.draw(st.permutations(list(pair.rules()))):
            parts = {key: data.draw(st.sampled_from(found)) for key, found in keys.items()}
            parts |= {"installation_id": own.installation.id, "letter_id": f"letter-{me}", "part": "guess"}
            parts["feature"] = data.draw(st.sampled_from(PLAN_FEATURES))
            for method in sorted((rule.methods or set()) & {"GET", "PUT", "POST", "DELETE"}):
                answer = pair.send(
                    rule, method, own.tokens["admin"], {k: v for k, v in parts.items() if k in rule.arguments}
                )
                assert MARK[other] not in answer.get_data(as_text=True)
                assert answer.status_code < 500
        assert pair.belongings(other) == before


def test_the_walk_would_notice_a_leak(pair: Pair) -> None:
    """With the other one's own token the same requests do show and change things."""
    token = pair.tenants["Two"].tokens["admin"]
    parts = {
        "installation_id": pair.tenants["Two"].installation.id,
        "letter_id": "letter-Two",
        "part": "guess",
        "feature": "mentorship",
    }
    parts |= {key: found[0] for key, found in FIXED.items()}
    before, shown = pair.belongings("Two"), 0
    for rule in pair.rules():
        for method in sorted((rule.methods or set()) & {"GET", "PUT"}):
            answer = pair.send(rule, method, token, {k: v for k, v in parts.items() if k in rule.arguments})
            shown += MARK["Two"] in answer.get_data(as_text=True)
    assert shown >= 3
    assert pair.belongings("Two") != before


def _comparable(answer: TestResponse) -> tuple[Any, ...]:
    return answer.status_code, answer.data, sorted(answer.headers.items())
