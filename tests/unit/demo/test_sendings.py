"""Bytes on the wire: what goes out must be what entremise's own reader and a foreign library understand."""

import time

import pytest
from standardwebhooks import Webhook

from entremise.hooks import cloudevents, signatures
from entremise.plugin.demo.conference import make_conference
from entremise.plugin.demo.script import write_script
from entremise.plugin.demo.sendings import Sending, encode

SCRIPT = write_script(make_conference(seed=2, size=60), opens_at=1_800_000_000.0)


@pytest.mark.parametrize("mode", ["structured", "binary"])
@pytest.mark.parametrize("door", ["webhook", "kafka"])
def test_each_mode_carries_the_same_message(door: str, mode: str) -> None:
    for message in SCRIPT.messages:
        headers, body = encode(Sending(door, mode, (message,)))  # type: ignore[arg-type]
        read = cloudevents.read(headers, body)
        assert (read.id, read.type, read.subject) == (message.id, message.type, message.subject)
        assert read.time == pytest.approx(message.time, abs=1e-5)
        assert read.data == message.data
        assert read.extensions["hostevent"] == SCRIPT.conference.ref


def test_a_batch_carries_all_its_messages() -> None:
    batch = next(item for item in SCRIPT.sendings() if item.mode == "batch")
    headers, body = encode(batch)
    single = [cloudevents.read(*part).id for part in cloudevents.unbatch(headers, body)]
    assert single == [message.id for message in batch.messages]


def test_a_foreign_library_accepts_the_signature() -> None:
    secret = signatures.new_secret()
    headers, body = encode(next(item for item in SCRIPT.sendings() if item.mode == "structured"))
    signed = signatures.sign([secret], "first", time.time(), body)
    assert Webhook(secret).verify(body, headers | signed)["specversion"] == "1.0"
