"""Brings results to a generic host: as a signed batch to its callback address, and as records to its Kafka topic."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import orjson

from ....plugin.domain.errors import (
    ConfigurationError,
    HostError,
    HostRejected,
    HostUnauthorized,
    HostUnavailable,
)
from ....plugin.domain.suggestions import Result
from ... import signatures
from ...cloudevents import BATCH, CloudEvent
from ...contract import HostContext
from . import topic

LARGEST_BATCH = 100
"""Results in one request."""

_WRONG_ADDRESS = frozenset((404, 405, 410))


def publish(results: Sequence[Result], context: HostContext) -> Sequence[HostError | None]:
    """Bring results wherever the installation wants them; ``None`` for each that arrived everywhere.

    A callback that refuses a batch is offered its halves, down to the one result that it cannot take.
    """
    config = context.installation.config
    outcomes: list[HostError | None] = [None] * len(results)
    if config.get("callback_url"):
        outcomes = _post_narrowing(results, context)
    if config.get("results_topic"):
        arrived = [position for position, outcome in enumerate(outcomes) if outcome is None]
        written = topic.write(
            [(results[position], event_of(results[position])) for position in arrived], context
        )
        for position, outcome in zip(arrived, written, strict=True):
            outcomes[position] = outcome
    return outcomes


def check(context: HostContext) -> str:
    """Say where results go, having asked; raises ``HostError``."""
    config = context.installation.config
    said = []
    if config.get("callback_url"):
        _post([], context)
        said.append("the callback accepts signed batches")
    if config.get("results_topic"):
        said.append(topic.check(context))
    return " and ".join(said) or "nothing is pushed; results wait to be pulled by REST"


def event_of(result: Result) -> CloudEvent:
    """Return the result as the CloudEvent that hosts read."""
    happened = "withdrawn" if result.payload is None else "suggested"
    return CloudEvent(
        id=result.idempotency_key,
        source=f"/installations/{result.installation_id}",
        type=f"org.entremise.{result.feature}.{happened}.v1",
        subject=result.recipient,
        extensions={
            "hostevent": result.host_event,
            "partitionkey": result.host_event,
            "sequence": str(result.revision),
        },
        data=result.payload,
    )


def _post_narrowing(results: Sequence[Result], context: HostContext) -> list[HostError | None]:
    outcomes: list[HostError | None] = [None] * len(results)
    waiting = [
        (start, min(start + LARGEST_BATCH, len(results))) for start in range(0, len(results), LARGEST_BATCH)
    ]
    waiting.reverse()
    while waiting:
        start, end = waiting.pop()
        try:
            _post(results[start:end], context)
        except HostRejected as error:
            if end - start == 1:
                outcomes[start] = error
            else:
                middle = (start + end) // 2
                waiting += [(middle, end), (start, middle)]
        except (HostUnavailable, HostUnauthorized) as error:
            # The host is down, or turns us away: whatever has not been sent yet would meet the same.
            for first, last in [(start, end), *waiting]:
                outcomes[first:last] = [error] * (last - first)
            break
    return outcomes


def _post(results: Sequence[Result], context: HostContext) -> None:
    installation = context.installation
    secrets = installation.secrets.get("callback_secrets")
    if not secrets:
        raise HostUnauthorized("there is no callback secret to sign with")
    body = orjson.dumps([event_of(result).to_dict() for result in results])
    keys = "\n".join(result.idempotency_key for result in results)
    message_id = f"batch_{hashlib.sha256(keys.encode()).hexdigest()[:32]}"
    try:
        signed = signatures.sign(secrets, message_id, context.now, body)
    except ConfigurationError as error:
        raise HostUnauthorized(str(error)) from error
    answer = context.http.request(
        "POST", installation.config["callback_url"], headers={"content-type": BATCH, **signed}, body=body
    )
    if answer.status in _WRONG_ADDRESS or 300 <= answer.status < 400:
        # Says something about the address, nothing about the results: not one of them may be given up for it.
        raise HostUnauthorized(f"the callback address answered {answer.status}; is it still right?")
    context.http.expect(answer)
