"""The intake ratios: each measurement and its floor in turn, several rounds in one run, medians of the ratios."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from entremise.hooks.signatures import new_secret
from entremise.plugin.bootstrap import build_container
from entremise.plugin.embedded import EmbeddedBroker, EmbeddedValkey
from entremise.plugin.services import installations
from entremise.plugin.settings import Settings

from .programs import ROOT, environment, run, serving

sys.path.insert(0, str(ROOT / "tests"))
from postgresql import Cluster, cluster

Say = Callable[[str], None]


@dataclass(slots=True)
class Ratio:
    """One measured rate over one floor's rate, round by round, per second."""

    ours: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)

    @property
    def value(self) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(ours / floor for ours, floor in zip(self.ours, self.floor, strict=True))


def kafka_intake(*, messages: int, rounds: int, databases: tuple[str, ...], say: Say) -> dict[str, Ratio]:
    """Return ``kafka_intake_ratio_<database>`` and ``bulk_insert_ratio_<database>`` for each database."""
    ratios = {
        f"{kind}_ratio_{name}": Ratio() for name in databases for kind in ("kafka_intake", "bulk_insert")
    }
    with ExitStack() as opened:
        home = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="entremise-bench-", dir="/tmp")))
        broker = opened.enter_context(EmbeddedBroker(log=home / "broker.log"))
        valkey = opened.enter_context(EmbeddedValkey(home))
        server = opened.enter_context(cluster(durable=True)) if "postgresql" in databases else None
        say(f"filling a topic with {messages} deliveries")
        run("benchmarks.produce", broker.bootstrap, "bench", messages)
        for number in range(1, rounds + 1):
            for name in databases:
                say(f"Kafka intake into {name}, round {number} of {rounds}")
                poll = _rate(run("benchmarks.floors.poll", broker.bootstrap, "bench", messages))
                insert = _rate(_insert(name, server, home, messages))
                with _database(name, server, home) as url:
                    services = {
                        "REDIS_URL": valkey.url,
                        "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap,
                        "DATABASE_URL": url,
                    }
                    environ = environment(home, **services)
                    ours = _rate(run("benchmarks.kafka_intake", "bench", messages, environ=environ))
                for kind, floor in (("kafka_intake", poll), ("bulk_insert", insert)):
                    ratios[f"{kind}_ratio_{name}"].ours.append(ours)
                    ratios[f"{kind}_ratio_{name}"].floor.append(floor)
    return ratios


def webhook_intake(*, seconds: float, rounds: int, connections: int, say: Say) -> dict[str, Ratio]:
    """Return ``webhook_intake_ratio`` (over the bare handler) and ``webhook_commit_ratio`` (over one that commits)."""
    intake, commit = Ratio(), Ratio()
    with ExitStack() as opened:
        home = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="entremise-bench-", dir="/tmp")))
        valkey = opened.enter_context(EmbeddedValkey(home))
        environ = environment(home, REDIS_URL=valkey.url, DATABASE_URL=f"sqlite:///{home / 'entremise.db'}")
        secret = new_secret()
        container = build_container(Settings.from_environment(environ))
        made = installations.create(
            container, host="generic", name="bench", config={}, secrets={"signing_secrets": [secret]}
        )
        container.store.dispose()
        door = f"/hosts/{made.installation.id}/deliveries"
        bare = "/hosts/bench/deliveries"
        floor = ["benchmarks.floors.flask_door", secret]
        first = 0
        for number in range(1, rounds + 1):
            say(f"webhook intake, round {number} of {rounds}")
            rates = []
            for name, arguments, path in (
                ("floor", floor, bare),
                ("commit", [*floor, str(home / f"commit-{number}.db")], bare),
                ("serve", ["entremise.plugin.cli", "serve", "--port", "0"], door),
            ):
                with serving(arguments, home / f"{name}.log", environ) as address:
                    run("benchmarks.webhook_load", address + path, secret, 1.0, connections, first)  # warm
                    first += 10_000
                    said = run("benchmarks.webhook_load", address + path, secret, seconds, connections, first)
                    first += 1_000_000
                if said["refused"]:
                    raise RuntimeError(f"{name} refused {said['refused']} deliveries")
                rates.append(said["answered"] / said["seconds"])
            intake.floor.append(rates[0])
            commit.floor.append(rates[1])
            intake.ours.append(rates[2])
            commit.ours.append(rates[2])
    return {"webhook_intake_ratio": intake, "webhook_commit_ratio": commit}


def _rate(said: Mapping[str, float]) -> float:
    return said["messages"] / said["seconds"]


def _insert(name: str, server: Cluster | None, home: Path, messages: int) -> Any:
    if name == "sqlite":
        with tempfile.TemporaryDirectory(dir=home) as folder:
            return run("benchmarks.floors.insert_sqlite", Path(folder) / "floor.db", messages)
    with _database(name, server, home) as url:
        return run("benchmarks.floors.insert_postgresql", url, messages)


@contextmanager
def _database(name: str, server: Cluster | None, home: Path) -> Iterator[str]:
    """Lend an empty database."""
    if name == "sqlite":
        with tempfile.TemporaryDirectory(dir=home) as folder:
            yield f"sqlite:///{folder}/entremise.db"
    else:
        assert server is not None
        with server.database() as url:
            yield url
