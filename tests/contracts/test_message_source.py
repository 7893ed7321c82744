"""What every place that records are pulled from must do, run against each of them."""

from __future__ import annotations

import gzip
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from entremise.consumers.file import FileSource
from entremise.consumers.kafka import KafkaSource
from entremise.consumers.memory import MemoryLog, MemorySource
from entremise.consumers.source import Batch, MessageSource
from entremise.plugin.embedded import EmbeddedBroker


@dataclass
class Place:
    """Somewhere to write records to, and how to read them as one member of one group."""

    write: Callable[[Sequence[bytes]], None]
    open: Callable[[], MessageSource]
    patience: float
    """Seconds after which a record that has not come will not come."""


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker() as running:
        yield running


@pytest.fixture(
    params=["memory", "file", "folder", pytest.param("kafka", marks=pytest.mark.service)],
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    opened: list[MessageSource] = []

    def remembered(make: Callable[[], MessageSource]) -> Callable[[], MessageSource]:
        def open_source() -> MessageSource:
            opened.append(make())
            return opened[-1]

        return open_source

    match request.param:
        case "memory":
            place = _memory(remembered)
        case "file":
            place = _file(tmp_path, remembered)
        case "folder":
            place = _folder(tmp_path, remembered)
        case _:
            place = _kafka(request.getfixturevalue("broker"), remembered)
    yield place
    for source in opened:
        source.close()


Remember = Callable[[Callable[[], MessageSource]], Callable[[], MessageSource]]


def _memory(remembered: Remember) -> Place:
    log = MemoryLog()

    def write(values: Sequence[bytes]) -> None:
        for value in values:
            log.append("checkins", value)

    return Place(write, remembered(lambda: MemorySource(log, ["checkins"])), patience=0.3)


def _file(folder: Path, remembered: Remember) -> Place:
    path = folder / "deliveries.jsonl"
    path.touch()

    def write(values: Sequence[bytes]) -> None:
        with path.open("ab") as out:
            out.writelines(value + b"\n" for value in values)

    return Place(
        write, remembered(lambda: FileSource(path, offsets=folder / "offsets", follow=True)), patience=0.5
    )


def _folder(folder: Path, remembered: Remember) -> Place:
    """Every write makes a new file, every second one compressed."""
    inbox = folder / "inbox"
    inbox.mkdir()

    def write(values: Sequence[bytes]) -> None:
        number = len(list(inbox.iterdir()))
        text = b"".join(value + b"\n" for value in values)
        name, data = (
            (f"{number:03}.jsonl.gz", gzip.compress(text)) if number % 2 else (f"{number:03}.jsonl", text)
        )
        (inbox / f"{name}.part").write_bytes(data)
        (inbox / f"{name}.part").rename(inbox / name)

    return Place(
        write, remembered(lambda: FileSource(inbox, offsets=folder / "offsets", follow=True)), patience=0.5
    )


def _kafka(broker: EmbeddedBroker, remembered: Remember) -> Place:
    from kafka import KafkaProducer
    from kafka.admin import KafkaAdminClient

    topic = f"checkins-{uuid.uuid4().hex[:8]}"
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}})
    admin.close()

    def write(values: Sequence[bytes]) -> None:
        producer = KafkaProducer(bootstrap_servers=broker.bootstrap, linger_ms=5)
        for value in values:
            producer.send(topic, value)
        producer.flush()
        producer.close()

    return Place(
        write,
        remembered(lambda: KafkaSource([broker.bootstrap], [topic], group=topic, session_seconds=6.0)),
        patience=5.0,
    )


def read(source: MessageSource, count: int, *, seconds: float = 30.0) -> list[bytes]:
    """Poll until so many values came (or the time is over)."""
    return [value for batch in read_batches(source, count, seconds=seconds) for value in values_of(batch)]


def read_batches(source: MessageSource, count: int, *, seconds: float = 30.0) -> list[Batch]:
    deadline = time.monotonic() + seconds
    batches: list[Batch] = []
    while sum(map(len, batches)) < count and time.monotonic() < deadline:
        batch = source.poll(0.2)
        if len(batch):
            batches.append(batch)
    return batches


def values_of(batch: Batch) -> list[bytes]:
    return [record.value or b"" for records in batch.records.values() for record in records]


def numbers(first: int, last: int) -> list[bytes]:
    return [b'{"n": %d}' % n for n in range(first, last)]


def test_records_come_in_the_order_in_which_they_were_written(place: Place) -> None:
    place.write(numbers(0, 40))
    place.write(numbers(40, 50))
    assert read(place.open(), 50) == numbers(0, 50)


def test_a_batch_has_at_most_500_records(place: Place) -> None:
    place.write(numbers(0, 1234))
    batches = read_batches(place.open(), 1234)
    assert sum(map(len, batches)) == 1234
    assert max(map(len, batches)) <= 500


def test_what_was_committed_does_not_come_again(place: Place) -> None:
    place.write(numbers(0, 600))
    source = place.open()
    for batch in read_batches(source, 600):
        source.commit(batch)
    source.close()
    place.write(numbers(600, 610))
    assert read(place.open(), 10) == numbers(600, 610)


def test_what_was_not_committed_comes_again(place: Place) -> None:
    place.write(numbers(0, 1100))
    source = place.open()
    first, second, *_ = read_batches(source, 1100)
    source.commit(first)
    source.close()
    expected = numbers(0, 1100)[len(first) :]
    again = read(place.open(), len(expected))
    assert again == expected
    assert again[: len(second)] == values_of(second)


def test_a_paused_source_hands_out_nothing_and_goes_on_without_a_gap(place: Place) -> None:
    place.write(numbers(0, 10))
    source = place.open()
    assert read(source, 10) == numbers(0, 10)
    source.pause()
    source.pause()
    place.write(numbers(10, 20))
    assert read(source, 1, seconds=place.patience) == []
    source.resume()
    assert read(source, 10) == numbers(10, 20)


def test_a_source_paused_before_its_first_record_starts_with_the_first(place: Place) -> None:
    place.write(numbers(0, 10))
    source = place.open()
    source.pause()
    assert read(source, 1, seconds=place.patience) == []
    source.resume()
    assert read(source, 10) == numbers(0, 10)


def test_an_empty_poll_returns_when_its_time_is_over(place: Place) -> None:
    source = place.open()
    started = time.monotonic()
    assert len(source.poll(0.3)) == 0
    assert time.monotonic() - started < 1.5


def test_lag_is_what_was_written_and_not_handed_out(place: Place) -> None:
    place.write(numbers(0, 700))
    source = place.open()
    batches = read_batches(source, 1)
    assert source.lag() == 700 - sum(map(len, batches))
    read(source, source.lag())
    assert source.lag() == 0


def test_records_that_come_later_are_waited_for(place: Place) -> None:
    source = place.open()
    assert len(source.poll(0.1)) == 0
    assert not source.ended
    place.write(numbers(0, 3))
    assert read(source, 3) == numbers(0, 3)
    assert not source.ended


def test_closing_twice_is_harmless(place: Place) -> None:
    source = place.open()
    source.close()
    source.close()
