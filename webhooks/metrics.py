"""Shows figures to Prometheus at ``/metrics``: what was counted in the store, and what is waiting now.

The counters are read from the database, where they were written in the same transaction as what they count: they
are true after any crash and the same whichever process answers.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterator

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from ..plugin.bootstrap import Container
from ..plugin.web.problems import Problem

COUNTED = {
    "received": "Deliveries stored.",
    "duplicates": "Deliveries that were here before.",
    "rejected": "Deliveries that became dead letters.",
    "processed": "Deliveries processed.",
    "unsupported": "Processed deliveries of a kind that nobody needs.",
    "recomputes": "Recomputations committed.",
    "suggested": "New revisions of results.",
    "written_back": "Revisions that the host took.",
    "resent": "Revisions that were sent again after a crash.",
    "host_failures": "Attempts that the host failed.",
}

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


class StoreCollector(Collector):
    """Reads the store when Prometheus asks; one series per installation."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def collect(self) -> Iterator[Metric]:
        """Yield counters, then gauges of one and the same moment."""
        with self._container.store.snapshot() as uow:
            installations = [installation.id for installation in uow.installations.list()]
            counted = {each: uow.counters.read(each) for each in installations}
            backlog = {each: uow.inbox.backlog(each) for each in installations}
            due = {each: uow.departures.waiting(each) for each in installations}
            dirty: dict[str, int] = dict.fromkeys(installations, 0)
            for installation, _ in uow.host_events.dirty():
                dirty[installation] = dirty.get(installation, 0) + 1
        for name, text in COUNTED.items():
            counter = CounterMetricFamily(f"entremise_{name}", text, labels=["installation"])
            for each, values in counted.items():
                counter.add_metric([each], values.get(name, 0))
            yield counter
        yield _gauge("entremise_backlog", "Deliveries waiting in the inbox.", "installation", backlog)
        yield _gauge("entremise_outbox_due", "Results that the host does not hold yet.", "installation", due)
        yield _gauge("entremise_dirty_host_events", "Host events to recompute.", "installation", dirty)
        try:
            depth = dict(self._container.queue.depth())
        except Exception:  # noqa: BLE001 - the queue is away; the rest is worth showing all the more
            depth = {}
        yield _gauge("entremise_queue_depth", "Bells rung and not yet heard.", "job", depth)


def blueprint(container: Container) -> Blueprint:
    """Return ``/metrics``, open to loopback (not through a proxy) and to the bearer of the metrics token."""
    metrics = Blueprint("metrics", __name__)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StoreCollector(container))

    @metrics.get("/metrics")
    def show() -> Response:
        if not _may_read(container.settings.metrics_token):
            challenge = {"WWW-Authenticate": 'Bearer realm="metrics"'}
            raise Problem(
                401, "metrics_token_needed", "metrics are for this machine or a token", headers=challenge
            )
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return metrics


def _may_read(token: str | None) -> bool:
    scheme, _, offered = request.headers.get("Authorization", "").partition(" ")
    if token and scheme.lower() == "bearer" and hmac.compare_digest(offered.strip().encode(), token.encode()):
        return True
    # Behind a proxy on this machine everybody comes from loopback.
    return _is_loopback(request.remote_addr) and not any(name in request.headers for name in FORWARDED)


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def _gauge(name: str, text: str, label: str, values: dict[str, int]) -> Metric:
    gauge = GaugeMetricFamily(name, text, labels=[label])
    for each, value in values.items():
        gauge.add_metric([each], value)
    return gauge
