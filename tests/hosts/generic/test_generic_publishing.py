"""Results on their way to a generic host: signed, in batches, and narrowed down when one of them is not taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import standardwebhooks
from builders import SECRET, an_installation
from hypothesis import given
from hypothesis import strategies as st
from local_http import Asked, Reply, serving
from workbench import Workbench, a_result, close_all

from entremise.hooks import signatures
from entremise.hooks.contract import HostContext
from entremise.hooks.hosts.generic import client
from entremise.plugin.domain.errors import HostRejected, HostUnauthorized, HostUnavailable
from entremise.plugin.domain.suggestions import Result

BENCH = Workbench("generic")
NEWEST = signatures.new_secret()


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    close_all()


def a_context(address: str, **config: Any) -> HostContext:
    installation = BENCH.installation(address)
    return BENCH.context(replace(installation, config={**installation.config, **config}))


def refusing(*recipients: str, status: int = 422) -> Any:
    def answer(asked: Asked) -> Reply:
        named = {item["subject"] for item in asked.json()}
        return Reply(status if named & set(recipients) else 202)

    return answer


def held(server: Any, *recipients: str) -> set[str]:
    """Return whose results the server took."""
    return {
        item["subject"]
        for asked in server.asked
        if not {item["subject"] for item in asked.json()} & set(recipients)
        for item in asked.json()
    }


def test_a_result_arrives_as_a_cloudevent_in_a_batch() -> None:
    results = [a_result("a1", revision=7), replace(a_result("é 2"), payload=None, feature="mentorship")]
    with serving() as server:
        assert client.publish(results, a_context(server.url)) == [None, None]
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/results")
    assert asked.headers["content-type"] == "application/cloudevents-batch+json"
    suggested, withdrawn = asked.json()
    assert suggested == {
        "specversion": "1.0",
        "id": "inst/conf/a1/connections/7",
        "source": "/installations/inst",
        "type": "org.entremise.connections.suggested.v1",
        "subject": "a1",
        "hostevent": "conf",
        "partitionkey": "conf",
        "sequence": "7",
        "datacontenttype": "application/json",
        "data": results[0].payload,
    }
    assert withdrawn["type"] == "org.entremise.mentorship.withdrawn.v1"
    assert withdrawn["subject"] == "é 2"
    assert "data" not in withdrawn


def test_an_independent_receiver_accepts_the_signature() -> None:
    with serving() as server:
        client.publish([a_result("a1")], a_context(server.url))
    (asked,) = server.asked
    (secret,) = BENCH.installation("").secrets["callback_secrets"]
    at = float(asked.headers["webhook-timestamp"])
    signatures.verify([secret], asked.headers, asked.body, now=at)
    expected = standardwebhooks.Webhook(secret).sign(
        asked.headers["webhook-id"], dt.datetime.fromtimestamp(at, dt.UTC), asked.body.decode()
    )
    assert asked.headers["webhook-signature"] == expected


def test_a_retry_has_the_same_id_and_the_receiver_may_be_rotating() -> None:
    with serving() as server:
        context = a_context(server.url)
        secrets = {**context.installation.secrets, "callback_secrets": [NEWEST, SECRET]}
        rotating = replace(context, installation=replace(context.installation, secrets=secrets))
        for attempt in (rotating, replace(rotating, now=rotating.now + 60)):
            client.publish([a_result("a1")], attempt)
        client.publish([a_result("a1", revision=2)], rotating)
    first, again, newer = server.asked
    assert first.headers["webhook-id"] == again.headers["webhook-id"] != newer.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != again.headers["webhook-timestamp"]
    for secret in (NEWEST, SECRET):
        signatures.verify([secret], first.headers, first.body, now=rotating.now)


@given(
    guilty=st.sets(st.integers(min_value=0, max_value=149), max_size=4),
    number=st.integers(min_value=1, max_value=150),
)
def test_only_the_guilty_are_rejected_and_everybody_else_arrives(guilty: set[int], number: int) -> None:
    results = [a_result(f"a{index}") for index in range(number)]
    named = [f"a{index}" for index in guilty if index < number]
    with serving(refusing(*named)) as server:
        outcomes = client.publish(results, a_context(server.url))
    assert [isinstance(outcome, HostRejected) for outcome in outcomes] == [
        result.recipient in named for result in results
    ]
    assert held(server, *named) == {result.recipient for result in results} - set(named)
    assert len(server.asked) <= 2 + len(named) * 16, "halving, not one by one"


def test_a_batch_holds_a_hundred_results_at_most() -> None:
    with serving() as server:
        assert client.publish([a_result(f"a{n}") for n in range(250)], a_context(server.url)) == [None] * 250
    assert [len(asked.json()) for asked in server.asked] == [100, 100, 50]


def test_a_host_that_goes_away_in_the_middle_keeps_what_arrived() -> None:
    def answer(asked: Asked) -> Reply:
        subjects = [item["subject"] for item in asked.json()]
        if len(subjects) > 4:
            return Reply(413)
        return Reply(503, headers={"Retry-After": "9"}) if "a6" in subjects else Reply(200)

    with serving(answer) as server:
        outcomes = client.publish([a_result(f"a{n}") for n in range(16)], a_context(server.url))
    assert outcomes[:4] == [None] * 4
    assert {type(outcome) for outcome in outcomes[4:]} == {HostUnavailable}
    assert len(server.asked) == 4, "nothing more is sent to a host that is away"


@pytest.mark.parametrize("status", [404, 405, 410, 301, 308])
def test_an_address_that_is_no_longer_right_pauses_instead_of_giving_results_up(status: int) -> None:
    with serving(lambda _: Reply(status, headers={"Location": "/elsewhere"})) as server:
        outcomes = client.publish([a_result(f"a{n}") for n in range(50)], a_context(server.url))
    assert {type(outcome) for outcome in outcomes} == {HostUnauthorized}
    assert len(server.asked) == 1


def test_without_a_callback_secret_nothing_leaves() -> None:
    with serving() as server:
        context = a_context(server.url)
        bare = replace(context, installation=replace(context.installation, secrets={}))
        assert isinstance(client.publish([a_result("a1")], bare)[0], HostUnauthorized)
    assert not server.asked


def test_with_neither_callback_nor_topic_results_wait_to_be_pulled() -> None:
    context = BENCH.context(an_installation(config={}))
    assert client.publish([a_result("a1")], context) == [None]
    assert "pulled" in client.check(context)


def test_checking_posts_an_empty_signed_batch() -> None:
    with serving() as server:
        context = a_context(server.url)
        assert "callback" in client.check(context)
    (asked,) = server.asked
    assert asked.json() == []
    signatures.verify(
        context.installation.secrets["callback_secrets"], asked.headers, asked.body, now=context.now
    )


def test_brokers_that_nobody_runs_are_unavailable_and_the_callback_still_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from local_http import closed_port

    from entremise.hooks.hosts.generic import topic

    monkeypatch.setattr(topic, "PATIENCE", 1.0)
    with serving() as server:
        context = a_context(
            server.url, results_topic="results", results_bootstrap_servers=[f"127.0.0.1:{closed_port()}"]
        )
        outcomes = client.publish([a_result("a1")], context)
    assert [type(outcome) for outcome in outcomes] == [HostUnavailable]
    assert len(server.asked) == 1


def test_a_result_reads_back_as_it_was_written() -> None:
    from entremise.hooks import cloudevents

    result: Result = a_result("a1", revision=3)
    sent = client.event_of(result)
    assert cloudevents.read({"content-type": cloudevents.STRUCTURED}, sent.to_bytes()) == sent
