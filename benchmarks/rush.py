"""The rush at the door: how long until the first write-back that covers a check-in is at the receiving host.

A checked-in person's own result gets a list of who is here now, so the first result with that list is the one whose
version covers the check-in. A check-in without one counts as infinitely late.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path

from entremise.plugin.demo.conference import Conference, make_conference
from entremise.plugin.demo.lives import Message, opening
from entremise.plugin.demo.receiver import Receiver
from entremise.plugin.demo.senders import SentLedger, WebhookSender, send_all
from entremise.plugin.demo.sendings import Sending
from entremise.plugin.demo.service import NotQuiet, Service

from .programs import run

Say = Callable[[str], None]
BATCH = 50
SETTLE_SECONDS = 120.0
"""How long after the last check-in write-backs may still come before they count as missing."""


def rush(*, attendees: int, rate: float, seconds: float, say: Say) -> list[float]:
    """Return the delays in seconds, one per check-in, ascending; ``math.inf`` where no write-back came."""
    conference = make_conference(seed=1, size=attendees)
    people = [person.ref for person in conference.people[: round(rate * seconds)]]
    with ExitStack() as opened:
        home = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="entremise-bench-", dir="/tmp")))
        receiver = opened.enter_context(Receiver(home / "host"))
        service = opened.enter_context(Service(home / "entremise"))
        access = service.add_installation(
            "bench", {"callback_url": receiver.url, "allow_private": receiver.authority}
        )
        receiver.give_key(access.callback_secret)
        service.start()
        say(f"registering {attendees} people")
        sent = _register(conference, home, access.address, access.signing_secret)
        say("waiting until everybody holds suggestions")
        service.wait_until_quiet(access, received=sent, seconds=1800)
        (home / "people").write_text("\n".join(people))
        say(f"{rate:g} people a second come in for {seconds:g} s")
        said = run(
            "benchmarks.rush_load",
            access.address,
            access.signing_secret,
            conference.ref,
            home / "people",
            rate,
        )
        say(f"the load was {said['late']:.2f} s late at worst; waiting for the rest")
        with suppress(NotQuiet):
            service.wait_until_quiet(access, received=sent + len(people), seconds=SETTLE_SECONDS)
        with closing(receiver.ledger()) as ledger:
            arrived = ledger.first_with(conference.ref, "here_now")
    accepted = said["accepted"]
    return sorted(arrived.get(ref, math.inf) - accepted.get(ref, 0.0) for ref in people)


def percentile(delays: list[float], share: float) -> float:
    """Return the smallest delay that at least this share of the sample does not exceed."""
    return delays[max(0, math.ceil(share * len(delays)) - 1)]


def _register(conference: Conference, home: Path, address: str, secret: str) -> int:
    """Register everybody, all of whom agree to be suggested and to be seen; return how many deliveries that took."""
    now = time.time() - 3600
    messages = [replace(opening(conference, now + 30 * 86400), id="bench-opening")]
    for number, person in enumerate(conference.people):
        consent = {**person.profile["consent"], "matching": True, "presence": True}
        profile = {"id": person.ref, **person.profile, "consent": consent, "mode": "on_site", "version": 1}
        messages.append(
            Message(f"{person.ref}-1", "registered", conference.ref, person.ref, now + number / 1000, profile)
        )
    batches = [
        Sending("webhook", "batch", tuple(messages[start : start + BATCH]))
        for start in range(0, len(messages), BATCH)
    ]
    with (
        closing(SentLedger(home / "sent.jsonl")) as ledger,
        closing(WebhookSender(address, secret, ledger)) as sender,
    ):
        send_all(batches, sender, None)
    return len(messages)
