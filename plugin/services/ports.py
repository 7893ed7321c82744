"""What the use cases need of the world. ``storage`` fulfils it; tests and small set-ups use SQLite in memory.

All times are seconds since 1970 (UTC). A ``UnitOfWork`` is one transaction: leaving its block commits, an
exception rolls everything back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ...hooks.contract import HostAdapter, Installation
from ..domain.delivery import Delivery
from ..domain.events import FeedbackGiven
from ..domain.model import Attendee, HostEvent
from ..domain.plans import PlanFeature, Planning
from ..domain.suggestions import Result
from .connections_port import Connections, Invitations
from .removal_port import Removals
from .requests_port import MeetingRequests

if TYPE_CHECKING:
    from pluggy import PluginManager

    from ...hooks.manifest import Manifest
    from ...hooks.outbound import Outbound
    from .links import Links
    from .vault import Vault

Job = Literal["process", "look_up", "recompute", "write_back"]
Scope = Literal["system", "organisation", "host_event"]


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do one named piece of work until ``until``; ``fence`` grows with every new holder."""

    name: str
    owner: str
    fence: int
    until: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery in the inbox. ``attempts`` counts how often a worker took it up."""

    seq: int
    key: bytes
    delivery: Delivery
    attempts: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What could not be used: a delivery (raw bytes kept until they expire) or a result that the host refused."""

    id: str
    installation_id: str
    kind: Literal["delivery", "result"]
    reason: str
    field: str | None
    at: float
    attempts: int = 1
    delivery: Delivery | None = None
    outbox_id: int | None = None


@dataclass(frozen=True, slots=True)
class DueCell:
    """An outbox cell whose newest revision the host does not hold yet. ``result`` is that revision."""

    id: int
    result: Result
    attempts: int


@dataclass(frozen=True, slots=True)
class RosterRow:
    """The little that ranking needs of each attendee of a host event; full profiles are loaded for the chosen."""

    id: int
    ref: str
    matching: bool
    mentoring: bool
    grouping: bool
    here: bool
    mode: str | None
    languages: frozenset[str]
    organisation: str
    sector: str
    seniority: int | None
    first_time: bool | None
    role: str
    capacity: int
    profile_version: int

    @classmethod
    def of(cls, person: Attendee, *, number: int, version: int = 0) -> RosterRow:
        """Return the row of this person, whose profile was last changed at ``version``."""
        profile = person.profile
        return cls(
            id=number,
            ref=person.ref,
            matching=person.agrees_to("matching"),
            mentoring=person.agrees_to("mentoring"),
            grouping=person.agrees_to("groups"),
            here=person.here,
            mode=profile.mode,
            languages=frozenset(profile.languages),
            organisation=_folded(profile.organisation) if profile.may_score("organisation") else "",
            sector=_folded(profile.sector) if profile.may_score("sector") else "",
            seniority=profile.seniority,
            first_time=profile.first_time,
            role=profile.mentoring.role,
            capacity=profile.mentoring.capacity,
            profile_version=version,
        )


def _folded(name: str | None) -> str:
    return " ".join((name or "").casefold().split())


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A bearer token as stored: only its hash."""

    id: str
    installation_id: str
    scopes: frozenset[str]
    label: str
    created_at: float
    revoked_at: float | None = None


@dataclass(frozen=True, slots=True)
class SwitchRecord:
    """What one scope has set. ``values`` and ``locked`` are keyed like ``connections.enabled``."""

    scope: Scope
    scope_ref: str
    values: Mapping[str, Any]
    locked: frozenset[str]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Numbers that an operator may set; see ``plugin.settings`` for what they mean."""

    backlog: int = 1_000_000
    keep_raw_seconds: float = 30 * 86400.0
    keep_dead_seconds: float = 7 * 86400.0
    keep_disconnected_seconds: float = 90 * 86400.0


class Leases(Protocol):
    def take(self, name: str, owner: str, *, now: float, seconds: float) -> Lease | None:
        """Take the lease if it is free or has expired; ``None`` when somebody holds it."""

    def hold(self, lease: Lease, *, now: float, seconds: float | None = None) -> None:
        """Raise ``LeaseLost`` unless this lease still holds; prolong it when ``seconds`` is given.

        Call it inside the transaction that commits the work: that is the fence.
        """

    def release(self, lease: Lease) -> None:
        """Give it back; harmless when it was lost."""

    def revoke(self, name: str) -> None:
        """Take it away from whoever holds it, so that work in flight cannot commit (used by erasure)."""

    def current(self, *, now: float) -> Sequence[Lease]:
        """Every lease that is held now."""


class Inbox(Protocol):
    def add_many(self, keyed: Sequence[tuple[bytes, Delivery]]) -> int:
        """Store deliveries under their keys; return how many were new. The others were here before."""

    def backlog(self, installation_id: str) -> int: ...

    def lease(self, installation_id: str, limit: int, *, alone_after: int) -> Sequence[Waiting]:
        """Return the oldest waiting deliveries and count the attempt.

        A delivery that was taken up ``alone_after`` times before comes alone: it may be what ends the worker.
        """

    def done(self, seqs: Sequence[int], *, now: float) -> None: ...

    def empty(self, seqs: Sequence[int]) -> None:
        """Drop the raw bytes, keep the keys."""

    def remove(self, seq: int) -> None:
        """Take a delivery out altogether (it became a dead letter; its key is free again)."""

    def link(self, links: Iterable[tuple[int, str, str]], *, installation_id: str) -> None:
        """Remember of whom deliveries speak, as (seq, host event, attendee), for erasure."""

    def forget(self, installation_id: str, attendee: str, host_event: str | None) -> int:
        """Empty the raw bytes of every delivery linked to the person; return how many."""

    def again(self, installation_id: str, seq: int) -> bool:
        """Put a processed delivery whose raw bytes are still kept back to waiting; ``False`` if there is none."""

    def processed(self, installation_id: str, *, after: int, limit: int) -> Sequence[int]:
        """Processed deliveries whose raw bytes are kept, oldest first, for replaying them all."""

    def last_received(self, installation_id: str) -> float | None: ...

    def waiting_installations(self) -> Sequence[str]: ...

    def expire(self, *, before: float) -> int:
        """Empty raw bytes received before then and processed, some thousands at a time; return how many."""


class DeadLetters(Protocol):
    def add(self, letter: DeadLetter) -> None: ...
    def get(self, installation_id: str, letter_id: str) -> DeadLetter | None: ...
    def list(
        self, installation_id: str, *, limit: int = 100, before: str | None = None
    ) -> Sequence[DeadLetter]: ...
    def remove(self, letter_id: str) -> None: ...
    def mentioning(self, installation_id: str, needles: Sequence[bytes]) -> Sequence[str]:
        """Ids of dead letters whose raw bytes contain one of these (erasure)."""

    def expire(self, *, before: float) -> int: ...


class Refetches(Protocol):
    def ask(self, installation_id: str, objects: Iterable[str], *, now: float) -> None:
        """Mark objects to be looked up at the host; asking twice is asking once."""

    def due(self, installation_id: str, limit: int, *, now: float) -> Sequence[tuple[str, int, int]]:
        """(object, version asked for, attempts), oldest first."""

    def done(self, installation_id: str, object_: str, version: int) -> None:
        """The object was looked up as of ``version``; a later request stays."""

    def postpone(self, installation_id: str, object_: str, *, until: float) -> None: ...
    def drop(self, installation_id: str, object_: str) -> None: ...
    def waiting(self, installation_id: str) -> int: ...
    def waiting_installations(self, *, now: float) -> Sequence[str]: ...
    def reconciliation(self, installation_id: str) -> tuple[float | None, float]:
        """When it was last compared with the host (``None`` = never), and when it is due again (0 = now)."""

    def reconciliations(self) -> Mapping[str, float]:
        """When each installation is to be compared with its host again; those never compared are absent."""

    def reconciled(self, installation_id: str, *, at: float | None, due: float) -> None:
        """Remember a comparison made ``at`` (``None``: it failed), and when the next one is due."""


class Attendees(Protocol):
    def lock(self, installation_id: str) -> None:
        """Until the commit, let nobody else change this installation's people.

        Registers are read, joined in memory and written back, and a person's absence counts, too: without this, of
        two transactions at once the later one would undo the earlier one, or bring back who was erased.
        Taken before any row that others wait for: first people, then host events, leases, the outbox.
        """

    def get(self, installation_id: str, host_event: str, ref: str) -> Attendee | None: ...
    def get_many(
        self, installation_id: str, host_event: str, refs: Iterable[str]
    ) -> Mapping[str, Attendee]: ...
    def save(
        self, people: Sequence[Attendee], *, version: int | None, profile_changed: frozenset[str]
    ) -> None:
        """Insert or replace; rows remember ``version`` as the host event's version at which they changed.

        ``None``: nothing that ranking reads changed (only stamps), so the remembered versions stay.
        """

    def remove(self, installation_id: str, host_event: str, ref: str) -> None: ...
    def roster(self, installation_id: str, host_event: str) -> Sequence[RosterRow]: ...
    def refs(self, installation_id: str, host_event: str, *, prefix: str = "") -> Sequence[str]: ...
    def host_events_of(self, installation_id: str, ref: str) -> Sequence[str]: ...
    def vectors(
        self, ids: Sequence[int] | None, installation_id: str, host_event: str, encoder: str
    ) -> Mapping[int, bytes]:
        """Stored vectors by attendee id; those of an older profile or another encoder are absent."""

    def save_vectors(self, encoder: str, vectors: Mapping[int, bytes], *, as_of: int) -> None:
        """Store vectors made from profiles as they were at the host event's version ``as_of``.

        A profile that has changed since, or a person who is gone, is left out.
        """

    def drop_vectors(self, installation_id: str, host_event: str) -> None:
        """Forget the vectors of everybody at the host event: they are of a space that is no longer used."""


class Feedback(Protocol):
    def save(self, installation_id: str, feedback: FeedbackGiven) -> bool: ...
    def of_host_event(self, installation_id: str, host_event: str) -> Sequence[FeedbackGiven]: ...
    def of_person(self, installation_id: str, host_event: str, ref: str) -> Sequence[FeedbackGiven]: ...
    def remove(
        self, installation_id: str, host_event: str | None, ref: str, *, until: str | None = None
    ) -> None:
        """Remove what this person said and what others said about them; ``None`` = at every host event.

        ``until``: only what is no newer than this stamp.
        """


class HostEvents(Protocol):
    def get(self, installation_id: str, ref: str) -> HostEvent | None: ...
    def list(self, installation_id: str) -> Sequence[HostEvent]: ...
    def save(self, host_event: HostEvent) -> None: ...
    def soil(self, installation_id: str, ref: str) -> int:
        """Raise ``dirty_version`` (creating the row if need be) and return it."""

    def computed(self, installation_id: str, ref: str, version: int) -> None: ...
    def dirty(self) -> Sequence[tuple[str, str]]:
        """(installation, host event) pairs whose results are behind."""

    def state(self, installation_id: str, ref: str, feature: str) -> tuple[int, str, bytes] | None:
        """(version, fingerprint, blob) of the feature's last computation."""

    def outdated(self, feature: str, fingerprint: str) -> Sequence[tuple[str, str]]:
        """(installation, host event) pairs whose last computation of this was under another fingerprint."""

    def save_state(
        self, installation_id: str, ref: str, feature: str, version: int, fingerprint: str, blob: bytes
    ) -> None: ...
    def drop_states(self, installation_id: str, ref: str, feature: str | None = None) -> None: ...


class Plans(Protocol):
    def get(self, installation_id: str, host_event: str, feature: PlanFeature) -> Planning:
        """How far the plan is; an empty one where nobody has said anything yet."""

    def of_host_event(self, installation_id: str, host_event: str) -> Sequence[Planning]: ...

    def save(self, installation_id: str, host_event: str, planning: Planning) -> Planning:
        """Replace it, and return it with the version it has now.

        Whoever saves has raised the host event's ``dirty_version`` or holds its lease in the same transaction, so
        that nobody else is between their reading and their writing.
        """


class Outbox(Protocol):
    def desire(
        self,
        installation_id: str,
        host_event: str,
        feature: str,
        payloads: Mapping[str, Any | None],
        mentions: Mapping[str, Sequence[str]],
        *,
        now: float,
    ) -> int:
        """Set what recipients should hold (``None`` = nothing); return how many cells got a new revision.

        A payload equal to the one desired now changes nothing; withdrawing what was never desired writes nothing.
        """

    def recipients(self, installation_id: str, host_event: str, feature: str) -> Sequence[str]:
        """Who is desired to hold something of this feature."""

    def get(self, installation_id: str, host_event: str, recipient: str, feature: str) -> Result | None:
        """The newest desired revision."""

    def payloads(
        self, installation_id: str, host_event: str, feature: str, recipients: Sequence[str]
    ) -> Mapping[str, Any]:
        """The newest desired payloads of these recipients; whoever should hold nothing is absent."""

    def of_host_event(
        self, installation_id: str, host_event: str, *, after: str = "", limit: int = 500
    ) -> Sequence[Result]: ...
    def take_out(
        self, installation_id: str, host_event: str, refs: frozenset[str], *, erased: bool, now: float,
        feature: str | None = None,
    ) -> None:  # fmt: skip
        """Withdraw these people's own cells (of one feature, or all) and cut them out of everybody else's, at once.

        With ``erased``, an own cell disappears as soon as the host holds its withdrawal.
        """


class Departures(Protocol):
    def due(self, installation_id: str, limit: int, *, now: float) -> Sequence[DueCell]: ...

    def lock(self, cells: Sequence[int]) -> None:
        """Keep these cells from changing until the commit; first of all in a transaction that changes several."""

    def attempted(self, cells: Sequence[int]) -> None:
        """Count an attempt before it is made."""

    def acknowledge(self, outcomes: Sequence[tuple[int, int]]) -> int:
        """(cell id, revision) pairs that the host holds now; an older revision than acknowledged changes nothing.

        Returns how many cells of erased people disappeared with that.
        """

    def postpone(self, cells: Sequence[tuple[int, int]], *, until: float) -> None:
        """Try these (cell, revision) pairs again from then on; a newer revision does not wait."""

    def reject(self, cell: int, revision: int) -> None:
        """Stop trying this revision; a newer one is tried again."""

    def retry(self, cell: int, *, now: float) -> None: ...

    def offer_again(self, installation_id: str, *, now: float) -> None:
        """Send all that is current once more: the host took down what it held."""

    def due_installations(self, *, now: float) -> Sequence[str]: ...

    def waiting(self, installation_id: str | None = None) -> int: ...


class Tombstones(Protocol):
    """Kept as long as the installation: without hers, a former holder's address would open the next one's page."""

    def add(self, installation_id: str, digest: str, when: str) -> None:
        """Keep it, or raise its stamp; an older one changes nothing."""

    def get_many(self, installation_id: str, digests: Mapping[str, str]) -> Mapping[str, str]:
        """The stamps of erasure by person, for a mapping of person to digest."""


class Installations(Protocol):
    def add(self, installation: Installation, *, sealed: bytes, path_hash: str, now: float) -> None: ...
    def get(self, installation_id: str) -> Installation | None:
        """With ``secrets`` empty: only ``services.installations`` opens them."""

    def sealed(self, installation_id: str) -> bytes: ...
    def path_hash(self, installation_id: str) -> str: ...
    def list(self) -> Sequence[Installation]: ...
    def update(
        self, installation: Installation, *, sealed: bytes | None = None, path_hash: str | None = None
    ) -> None: ...
    def set_status(self, installation_id: str, status: str, because: str) -> None: ...
    def add_token(self, record: TokenRecord, token_hash: str) -> None: ...
    def token(self, token_hash: str) -> TokenRecord | None: ...
    def tokens(self, installation_id: str) -> Sequence[TokenRecord]: ...
    def revoke_token(self, installation_id: str, token_id: str, *, now: float) -> None: ...


class Switches(Protocol):
    def get(self, installation_id: str, scope: Scope, scope_ref: str) -> SwitchRecord: ...
    def put(
        self, installation_id: str, record: SwitchRecord, *, expected_version: int, actor: str, now: float
    ) -> bool:
        """Store and audit; ``False`` when somebody else changed it since ``expected_version``."""

    def note(
        self, installation_id: str, *, actor: str, action: str, details: Mapping[str, Any], now: float
    ) -> None:
        """Write one line of the audit trail; ``details`` must name no person."""

    def audit(self, installation_id: str, *, limit: int = 100) -> Sequence[Mapping[str, Any]]: ...


class Counters(Protocol):
    def add(self, installation_id: str, **amounts: int) -> None:
        """Count in the same transaction as what is counted, so that figures are true after any crash."""

    def read(self, installation_id: str | None = None) -> Mapping[str, int]: ...


class UnitOfWork(Protocol):
    """One transaction over everything."""

    leases: Leases
    inbox: Inbox
    dead_letters: DeadLetters
    refetches: Refetches
    attendees: Attendees
    feedback: Feedback
    host_events: HostEvents
    plans: Plans
    requests: MeetingRequests
    outbox: Outbox
    departures: Departures
    tombstones: Tombstones
    installations: Installations
    invitations: Invitations
    connections: Connections
    removals: Removals
    switches: Switches
    counters: Counters

    def savepoint(self) -> AbstractContextManager[None]:
        """A nested block: an exception inside undoes only the block."""


class Store(Protocol):
    """Where the truth is."""

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        """A transaction that may write."""

    def snapshot(self) -> AbstractContextManager[UnitOfWork]:
        """A transaction that only reads, and sees one moment."""

    def scrub(self) -> bool:
        """Make sure that deleted bytes are gone from the files, too; ``False`` when a reader is in the way (try later)."""

    def ping(self) -> None:
        """Raise unless the database answers."""


class JobQueue(Protocol):
    """Bells. Ringing is cheap, may be repeated, and may be lost: the sweeper rings again."""

    def ring(self, job: Job, *args: str, again: bool = False) -> bool:
        """Have the job run soon; ``False`` when it is rung already (``again`` rings all the same) or the queue is away.

        Never raises: what the bell is about is in the store, and the sweeper finds it.
        """

    def rung(self, job: Job, *args: str) -> None:
        """Called by the job when it starts: from here on a new ring schedules a new run."""

    def ping(self) -> None:
        """Raise unless the queue answers."""

    def depth(self) -> Mapping[str, int]:
        """Bells rung and not yet heard, by job."""


class Services(Protocol):
    """What use cases are given: ``plugin.bootstrap.Container`` fulfils it."""

    @property
    def store(self) -> Store: ...
    @property
    def queue(self) -> JobQueue: ...
    @property
    def plugins(self) -> PluginManager: ...
    @property
    def hosts(self) -> Mapping[str, HostAdapter]: ...
    @property
    def manifest(self) -> Manifest: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def links(self) -> Links: ...
    @property
    def clock(self) -> Callable[[], float]: ...
    @property
    def pause(self) -> Callable[[float], None]: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def outbound(self) -> Callable[..., Outbound]: ...
