"""The loop from a source to the inbox, with the real store, the real generic host and a log in memory."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import a_cloudevent

from entremise.consumers import processor as processing
from entremise.consumers.memory import MemoryLog, MemorySource
from entremise.consumers.poison import PoisonPolicy
from entremise.consumers.processor import Processor
from entremise.consumers.routes import kafka_routes
from entremise.hooks.contract import Installation
from entremise.plugin.bootstrap import Container, build_container
from entremise.plugin.domain.errors import ConfigurationError
from entremise.plugin.services import ingest, installations
from entremise.plugin.settings import Settings
from entremise.plugin.storage.rq_queue import MemoryQueue

STRUCTURED = [("content-type", b"application/cloudevents+json")]


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    environ = {"ENTREMISE_HOME": str(tmp_path), "DATABASE_URL": "sqlite://", "ENTREMISE_BACKLOG_LIMIT": "100"}
    built = build_container(Settings.from_environment(environ), queue=MemoryQueue())
    yield built
    built.store.dispose()


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


def add(container: Container, name: str, topic: str) -> Installation:
    new = installations.create(
        container, host="generic", name=name, config={"kafka_topic": topic}, secrets={}
    )
    return new.installation


def write(log: MemoryLog, topic: str, numbers: range) -> None:
    for number in numbers:
        document = a_cloudevent(subject=f"a{number}", id_=f"d{number}")
        log.append(topic, json.dumps(document).encode(), STRUCTURED)


class StopsWhenRead(MemorySource):
    """Ends once everything was handed out and committed."""

    @property
    def ended(self) -> bool:  # type: ignore[override]
        return all(
            self.log.committed.get((self.group, topic), 0) == len(self.log.topics[topic])
            for topic in self._positions
        )


def processor(
    container: Container, log: MemoryLog, *, limit: int = 500, poison: PoisonPolicy | None = None,
    stop: threading.Event | None = None,
) -> Processor:  # fmt: skip
    routes = kafka_routes(container)
    source = StopsWhenRead(log, sorted(routes), limit=limit)
    return Processor(
        container,
        source,
        routes,
        door="kafka",
        stop=stop or threading.Event(),
        body_limit=10_000,
        poison=poison,
    )


def backlog(container: Container, installation: Installation) -> int:
    with container.store.snapshot() as uow:
        return uow.inbox.backlog(installation.id)


def test_each_topic_goes_to_the_installation_that_names_it(container: Container, log: MemoryLog) -> None:
    one, two = add(container, "one", "topic-1"), add(container, "two", "topic-2")
    write(log, "topic-1", range(30))
    write(log, "topic-2", range(20))
    running = processor(container, log)
    running.run()
    assert running.taken == 50
    assert (backlog(container, one), backlog(container, two)) == (30, 20)
    assert container.queue.depth()["process"] == 2


def test_records_read_twice_are_stored_once(container: Container, log: MemoryLog) -> None:
    installation = add(container, "one", "t")
    write(log, "t", range(50))
    write(log, "t", range(50))
    processor(container, log, limit=7).run()
    log.committed.clear()
    processor(container, log).run()
    assert backlog(container, installation) == 50


def test_records_are_waiting_in_the_order_of_the_topic(container: Container, log: MemoryLog) -> None:
    installation = add(container, "one", "t")
    write(log, "t", range(60))
    processor(container, log, limit=7).run()
    with container.store.begin() as uow:
        waiting = uow.inbox.lease(installation.id, 100, alone_after=9)
    assert [json.loads(one.delivery.body)["id"] for one in waiting] == [f"d{n}" for n in range(60)]


def test_undecodable_records_become_dead_letters_and_spoil_no_other(
    container: Container, log: MemoryLog
) -> None:
    installation = add(container, "one", "t")
    write(log, "t", range(5))
    log.append("t", None)
    log.append("t", b"x" * 20_000)
    write(log, "t", range(5, 10))
    processor(container, log).run()
    assert backlog(container, installation) == 10
    with container.store.snapshot() as uow:
        letters = uow.dead_letters.list(installation.id)
        counted = uow.counters.read(installation.id)
    assert sorted(letter.reason for letter in letters) == [
        "the value has more than 10000 bytes",
        "the value is empty",
    ]
    assert counted["rejected"] == 2
    assert counted["received"] == 12


def test_a_poisoned_topic_stops_the_loop_behind_its_records(container: Container, log: MemoryLog) -> None:
    installation = add(container, "one", "t")
    for number in range(30):
        log.append("t", b"x" * (20_000 + number))
    write(log, "t", range(5))
    with pytest.raises(ConfigurationError, match="cannot be decoded"):
        processor(container, log, limit=10, poison=PoisonPolicy(limit=20)).run()
    processor(container, log, limit=10, poison=PoisonPolicy(limit=20)).run()
    assert backlog(container, installation) == 5


def test_nothing_is_committed_before_it_is_stored(
    container: Container, log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(container, "one", "t")
    write(log, "t", range(5))

    def broken() -> None:
        raise OSError("disk full")

    monkeypatch.setattr(container.store, "begin", broken)
    with pytest.raises(OSError, match="disk full"):
        processor(container, log).run()
    assert log.committed == {}


def test_a_full_inbox_pauses_the_source_until_there_is_room(
    container: Container, log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "BACKLOG_CHECK_SECONDS", 0.0)
    monkeypatch.setattr(processing, "ASK_AGAIN_WITHIN", 0.1)
    installation = add(container, "one", "t")
    write(log, "t", range(350))
    running = processor(container, log, limit=50)
    paused = threading.Event()
    resumed = threading.Event()
    source = running._source
    pause, resume = source.pause, source.resume
    source.pause = lambda: (pause(), paused.set())
    source.resume = lambda: (resume(), resumed.set())

    worker = threading.Thread(target=running.run)
    worker.start()
    try:
        assert paused.wait(20)
        held = log.committed["entremise", "t"]
        assert 100 <= held < 350
        time.sleep(0.3)
        assert log.committed["entremise", "t"] == held
        assert backlog(container, installation) == held
        deadline = time.monotonic() + 60
        while worker.is_alive() and time.monotonic() < deadline:
            with container.store.begin() as uow:
                uow.inbox.done(
                    [one.seq for one in uow.inbox.lease(installation.id, 500, alone_after=9)], now=1.0
                )
            time.sleep(0.2)
    finally:
        running._stop.set()
        worker.join(30)
    assert resumed.is_set()
    assert log.committed["entremise", "t"] == 350
    with container.store.snapshot() as uow:
        assert uow.counters.read(installation.id)["received"] == 350


def test_stop_ends_the_loop_after_the_batch_in_hand(container: Container, log: MemoryLog) -> None:
    installation = add(container, "one", "t")
    write(log, "t", range(50))
    stop = threading.Event()
    running = processor(container, log, limit=10, stop=stop)
    running.run(until=lambda: stop.set() or False if running.taken >= 20 else False)
    assert stop.is_set()
    assert log.committed["entremise", "t"] == backlog(container, installation) < 50


def test_two_installations_cannot_name_one_topic(container: Container) -> None:
    add(container, "one", "t")
    add(container, "two", "t")
    with pytest.raises(ConfigurationError, match="'one' and 'two' both name the Kafka topic t"):
        kafka_routes(container)


def test_a_disabled_installation_is_not_read(container: Container) -> None:
    installation = add(container, "one", "t")
    assert list(kafka_routes(container)) == ["t"]
    installations.disable(container, installation.id)
    assert list(kafka_routes(container)) == []
