"""The demo's receiving host as a process of its own: signed results over real HTTP end in its ledger."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
import requests

from entremise.hooks import signatures
from entremise.plugin.demo.held import HeldResults
from entremise.plugin.demo.receiving_host import KEY_FILE, LEDGER

SECRET = signatures.new_secret()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[str]:
    (tmp_path / KEY_FILE).write_text(SECRET)
    command = [sys.executable, "-m", "entremise.plugin.demo.receiving_host", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}/results"
        process.terminate()


def result(sequence: int, *, kind: str = "suggested") -> dict[str, object]:
    return {
        "specversion": "1.0", "id": f"key/{sequence}", "source": "/installations/one", "subject": "ann",
        "type": f"org.entremise.connections.{kind}.v1", "hostevent": "conf", "sequence": str(sequence),
        "data": {"suggestions": [sequence]} if kind == "suggested" else {},
    }  # fmt: skip


def post(address: str, results: list[dict[str, object]], secret: str = SECRET) -> int:
    body = orjson.dumps(results)
    headers = signatures.sign([secret], "batch", time.time(), body)
    content_type = {"content-type": "application/cloudevents-batch+json"}
    return requests.post(address, data=body, headers=headers | content_type, timeout=10).status_code


def test_a_signed_batch_is_applied_before_it_is_answered(host: str, tmp_path: Path) -> None:
    assert post(host, [result(1), result(2)]) == 204
    ledger = HeldResults(tmp_path / LEDGER)
    assert ledger.held("conf") == {("ann", "connections"): {"suggestions": [2]}}
    assert post(host, [result(2), result(3, kind="withdrawn")]) == 204
    assert ledger.held("conf") == {}
    assert ledger.effects() == {"applied": 3, "resent": 1}
    ledger.close()


def test_a_batch_signed_by_somebody_else_is_refused(host: str, tmp_path: Path) -> None:
    assert post(host, [result(1)], signatures.new_secret()) == 401
    ledger = HeldResults(tmp_path / LEDGER)
    assert ledger.effects() == {}
    ledger.close()
