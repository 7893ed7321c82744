"""Plays the conference: starts everything, sends the script, has plans published, and compares the ledgers."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..bootstrap import build_container
from ..embedded import EmbeddedBroker
from ..services.addresses import current_address
from ..settings import Settings
from .arranged import Published, arranged, differences
from .conference import Person, make_conference
from .expectation import decisive
from .ledger import Comparison, Held, compare
from .lives import Message, withdrawal
from .organiser import FEATURES as PLANNED
from .organiser import Organiser, frames
from .receiver import Receiver
from .script import Phase, Script, write_script
from .senders import PLANTED, KafkaSender, SentLedger, WebhookSender, read_ledger, send_all
from .sendings import Sending
from .service import Access, NotQuiet, Service

TOPIC = "demo-host"
SETTLED_WITHIN = 300.0
"""Seconds within which entremise must have nothing left to do."""
TAKEN = ("202", "stored")
"""What a door answers once a delivery is safe with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to play. ``plant_loss`` notes one decisive delivery as sent without sending it."""

    attendees: int = 400
    seed: int = 1
    kafka: bool = True
    rush_per_second: float = 40.0
    plant_loss: bool = False


@dataclass(slots=True)
class Watcher:
    """Whoever wants to show how it goes; every method may be left as it is."""

    step: Callable[[str], None] = lambda _text: None
    phase: Callable[[Phase], Callable[[], None]] = lambda _phase: lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that came of it. ``counts`` is what ``--json`` prints."""

    script: Script
    comparison: Comparison
    held: Held
    counts: Mapping[str, Any]
    published: Published


class Play:
    """One conference on one machine. Start it from the main thread; everything ends with ``close``."""

    def __init__(self, home: Path, options: Options) -> None:
        self.home = home
        self.options = options
        self.began = time.monotonic()
        self._open = ExitStack()
        self.receiver = Receiver(home / "host")
        self.service = Service(home / "entremise")
        self.broker: EmbeddedBroker | None = None
        self.access: Access | None = None

    def start(self, watcher: Watcher) -> None:
        """Start the receiving host, the broker and entremise, and introduce them to each other."""
        watcher.step("Starting the receiving host")
        self._open.enter_context(self.receiver)
        config = {"callback_url": self.receiver.url, "allow_private": self.receiver.authority}
        if self.options.kafka:
            watcher.step("Starting a Kafka-compatible broker")
            self.broker = self._open.enter_context(EmbeddedBroker(log=self.home / "broker.log"))
            self.service.environ["KAFKA_BOOTSTRAP_SERVERS"] = self.broker.bootstrap
            config["kafka_topic"] = TOPIC
        watcher.step("Adding the host as an installation")
        self._open.enter_context(self.service)
        self.access = self.service.add_installation("demo", config)
        self.receiver.give_key(self.access.callback_secret)
        watcher.step("Starting entremise")
        self.service.start()

    def run(self, watcher: Watcher) -> Outcome:
        """Send everything, wait until nothing is left to do, and compare."""
        assert self.access is not None
        conference = make_conference(seed=self.options.seed, size=self.options.attendees)
        # So long ago that nothing in the script lies in the future.
        script = write_script(
            conference, opens_at=float(int(time.time()) - 120), rush_per_second=self.options.rush_per_second
        )
        sent = self.home / "sent.jsonl"
        planted = self._planted(script)
        self._send(script, sent, planted, watcher)
        noted = read_ledger(sent)
        arrived = sum(line["answer"] in TAKEN for line in noted)
        watcher.step("Waiting until entremise has nothing left to do")
        self._settle(arrived, watcher)
        organiser = Organiser(self.service, self.access, conference.ref)
        for feature, frame in frames(self.options.attendees, opens_at=script.opens_at).items():
            watcher.step(f"Arranging {feature}: brief, draft, published")
            organiser.arrange(feature, frame)
        status = self._settle(arrived, watcher)
        watcher.step("One who is in every plan takes all consent back")
        late = self._somebody_leaves(script, organiser)
        status = self._settle(arrived + len(late), watcher) if late else status
        published = {feature: organiser.published(feature) for feature in PLANNED}
        with closing(self.receiver.ledger()) as ledger:
            held, effects = ledger.held(conference.ref), ledger.effects()
        good = [
            line["id"]
            for line in noted
            if line["outcome"] == "accepted" and line["answer"] in (*TAKEN, PLANTED)
        ]
        current = self.service.results(self.access, conference.ref)
        said = (*script.messages, *late)
        comparison = compare(said, [*good, *(message.id for message in late)], held, current)
        comparison = comparison.with_losses(differences(published, held, comparison.expected))
        counts = self._counts(script, noted, status, held, effects, comparison) | arranged(published, held)
        counts["seconds"] = round(time.monotonic() - self.began, 1)
        return Outcome(script=script, comparison=comparison, held=held, counts=counts, published=published)

    def _settle(self, arrived: int, watcher: Watcher) -> dict[str, Any]:
        """Wait until nothing is left to do; return the installation's status."""
        assert self.access is not None
        try:
            return self.service.wait_until_quiet(self.access, received=arrived, seconds=SETTLED_WITHIN)
        except NotQuiet as busy:
            watcher.step(f"Comparing as it stands: {busy}")
            return self.service.status(self.access)

    def _somebody_leaves(self, script: Script, organiser: Organiser) -> tuple[Message, ...]:
        """Have the first person who has a place in every plan withdraw consent; nothing if there is nobody."""
        assert self.access is not None
        plans = [organiser.published(feature)["groups"] for feature in PLANNED]
        placed = [{one["person"] for group in groups for one in group["members"]} for groups in plans]
        leaver = min(set.intersection(*placed), default=None)
        if leaver is None:
            return ()
        message = withdrawal(one for one in script.messages if one.subject == leaver)
        with closing(SentLedger(self.home / "late.jsonl")) as ledger:
            sender = WebhookSender(self.access.address, self.access.signing_secret, ledger)
            with closing(sender):
                sender.send(Sending("webhook", "structured", (message,)))
        return (message,)

    def page_of(self, person: Person) -> str:
        """Return the signed address of the person's own page, as a host would hand it out."""
        assert self.access is not None
        container = build_container(Settings.from_environment(self.service.environ))
        try:
            return current_address(container, self.access.id, f"rencontres-{self.options.seed}", person.ref)
        finally:
            container.store.dispose()

    def close(self) -> None:
        """End everything that was started."""
        self._open.close()

    def _planted(self, script: Script) -> tuple[str, ...]:
        if not self.options.plant_loss:
            return ()
        return (random.Random(f"{self.options.seed}/loss").choice(decisive(script.messages)).id,)

    def _send(self, script: Script, sent: Path, planted: tuple[str, ...], watcher: Watcher) -> None:
        access = self.access
        assert access is not None
        with closing(SentLedger(sent)) as ledger, ExitStack() as senders:
            webhook = senders.enter_context(
                closing(WebhookSender(access.address, access.signing_secret, ledger))
            )
            kafka = None
            if self.broker is not None:
                kafka = senders.enter_context(closing(KafkaSender(self.broker.bootstrap, TOPIC, ledger)))
            for phase in script.phases:
                done = watcher.phase(phase)
                send_all(phase.sendings, webhook, kafka, per_second=phase.per_second, done=done, skip=planted)

    def _counts(
        self, script: Script, noted: list[dict[str, Any]], status: Mapping[str, Any], held: Held,
        effects: Counter[str], comparison: Comparison,
    ) -> dict[str, Any]:  # fmt: skip
        counters = status["counters"]
        refused = sum(line["answer"].startswith("4") for line in noted)
        return {
            "attendees": len(script.conference.people),
            "seed": script.conference.seed,
            "deliveries": len(noted),
            "duplicates": counters.get("duplicates", 0),
            "rejected": refused + counters.get("rejected", 0),
            "recomputes": counters.get("recomputes", 0),
            "suggestions": sum(
                len(payload.get(part, ()))
                for payload in held.values()
                for part in ("suggestions", "pairings")
            ),
            "written_back": counters.get("written_back", 0),
            "holding": comparison.holding,
            "resent": effects["resent"],
            "doubled": effects["doubled"],
            "unshown": len(comparison.unshown),
            "lost": comparison.lost,
        }
