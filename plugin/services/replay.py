"""Takes back what could not be used, and processes again what is still kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..domain.errors import Conflict, NotFound
from .ingest import accept
from .installations import open_installation
from .ports import DeadLetter, Services

PAGE = 200
"""Letters or deliveries that one transaction takes back."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many deliveries went back into the inbox, and how many results are to be written back again."""

    deliveries: int = 0
    results: int = 0

    def __add__(self, other: Replayed) -> Replayed:
        return Replayed(self.deliveries + other.deliveries, self.results + other.results)


def letters_of(container: Services, installation_id: str) -> Iterator[DeadLetter]:
    """Yield every dead letter, newest first, page by page."""
    before: str | None = None
    while True:
        with container.store.snapshot() as uow:
            page = uow.dead_letters.list(installation_id, limit=PAGE, before=before)
        yield from page
        if len(page) < PAGE:
            return
        before = page[-1].id


def replay_letter(container: Services, installation_id: str, letter_id: str) -> Replayed:
    """Take one dead letter back; raises ``NotFound``, or ``Conflict`` when its raw bytes have expired."""
    with container.store.snapshot() as uow:
        letter = uow.dead_letters.get(installation_id, letter_id)
    if letter is None:
        raise NotFound("there is no such dead letter")
    return _take_back(container, letter)


def replay_letters(container: Services, installation_id: str) -> Replayed:
    """Take every dead letter back whose raw bytes are still kept."""
    total = Replayed()
    for letter in list(letters_of(container, installation_id)):
        if letter.kind == "result" or _kept(letter):
            total += _take_back(container, letter)
    return total


def replay_processed(
    container: Services, installation_id: str, seqs: Iterable[int] | None = None
) -> Replayed:
    """Process deliveries again whose raw bytes are still kept: these, or all of them in the order of arrival.

    Raises ``NotFound`` for the first number that is not there (any more).
    """
    if seqs is None:
        seqs = _processed(container, installation_id)
    count = 0
    for seq in seqs:
        with container.store.begin() as uow:
            if not uow.inbox.again(installation_id, seq):
                raise NotFound(f"there is no delivery {seq} whose raw bytes are still kept")
        count += 1
    if count:
        container.queue.ring("process", installation_id)
    return Replayed(deliveries=count)


def _processed(container: Services, installation_id: str) -> list[int]:
    found: list[int] = []
    while True:
        with container.store.snapshot() as uow:
            page = uow.inbox.processed(installation_id, after=found[-1] if found else 0, limit=PAGE)
        found.extend(page)
        if len(page) < PAGE:
            return found


def _take_back(container: Services, letter: DeadLetter) -> Replayed:
    """The letter goes last: after a crash in between it is still there, and taking it back again is harmless."""
    if letter.kind == "result":
        assert letter.outbox_id is not None
        with container.store.begin() as uow:
            uow.departures.retry(letter.outbox_id, now=container.clock())
            uow.dead_letters.remove(letter.id)
        container.queue.ring("write_back", letter.installation_id)
        return Replayed(results=1)
    if letter.delivery is None or not _kept(letter):
        raise Conflict("the raw bytes of this dead letter are not kept any more")
    installation = open_installation(container, letter.installation_id)
    accept(container, installation, [replace(letter.delivery, door="replay")], trust="door")
    with container.store.begin() as uow:
        uow.dead_letters.remove(letter.id)
    return Replayed(deliveries=1)


def _kept(letter: DeadLetter) -> bool:
    # An empty body may be all there ever was; one that was forgotten or has expired lost its headers with it.
    return letter.delivery is not None and bool(letter.delivery.body or letter.delivery.headers)
