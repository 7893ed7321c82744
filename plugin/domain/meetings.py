"""One person asks another for a meeting: what became of it, and whose time it takes.

Everything that is heard about a request is the stamp at which it was *first* said. Joining takes the earlier one,
which is commutative, associative and idempotent: answers may be repeated and shuffled. What a request amounts to is
worked out from all of them, in the order of their stamps (``Calendar``), and never stored.

    requested ──▶ accepted ──▶ declined | withdrawn
        └───────▶ declined | expired | withdrawn
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .intervals import Interval
from .model import NEVER

State = Literal["requested", "accepted", "declined", "expired", "withdrawn"]
Because = Literal["", "answered", "taken_back", "deadline", "no_longer_free"]
HOLDS = 3
"""So many slots of one person are held by requests that nobody answered yet; further requests wait without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingRequest:
    """``requester`` asks ``invitee`` for the time from ``starts_at`` to ``ends_at``, in seconds since 1970.

    ``made`` is the stamp of the request. Unanswered, it ends at ``expires_at``, at the latest when the meeting would
    start. ``accepted`` and ``declined`` are the invitee's, ``withdrawn`` is the requester's or that of whoever's
    departure ended it; each is a stamp, ``NEVER`` if not said.
    """

    ref: str
    requester: str
    invitee: str
    starts_at: float
    ends_at: float
    made: str
    expires_at: float
    accepted: str = NEVER
    declined: str = NEVER
    withdrawn: str = NEVER

    def __post_init__(self) -> None:
        if self.requester == self.invitee:
            raise ValueError("nobody can ask themselves for a meeting")
        if not self.starts_at < self.ends_at:
            raise ValueError("a meeting must end after its start")

    @property
    def deadline(self) -> float:
        """When an unanswered request ends."""
        return min(self.expires_at, self.starts_at)

    @property
    def people(self) -> tuple[str, str]:
        """Both of them, the one who asks first."""
        return self.requester, self.invitee

    def with_acceptance(self, when: str) -> MeetingRequest:
        """Join the invitee's yes in."""
        return replace(self, accepted=_first(self.accepted, when))

    def with_decline(self, when: str) -> MeetingRequest:
        """Join the invitee's no in; after a yes it calls the meeting off. It is final: who changes their mind asks."""
        return replace(self, declined=_first(self.declined, when))

    def with_withdrawal(self, when: str) -> MeetingRequest:
        """Join in that it was taken back, by the requester or because one of the two left. It is final."""
        return replace(self, withdrawn=_first(self.withdrawn, when))

    def joined(self, other: MeetingRequest) -> MeetingRequest:
        """Join what another copy of this request heard."""
        return replace(
            self,
            accepted=_first(self.accepted, other.accepted),
            declined=_first(self.declined, other.declined),
            withdrawn=_first(self.withdrawn, other.withdrawn),
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """What a request amounts to. ``no_longer_free``: it was accepted when one of the two was taken already."""

    state: State
    because: Because = ""


class Calendar:
    """What all requests of a host event amount to at a moment, and whose time is taken by them.

    ``published`` holds meetings that stand whatever anybody asks for, by person. An acceptance counts when it came
    before the deadline and both were free at that time; whoever accepts first is first. A pending request takes
    nobody's time: it *holds* the requester's until its deadline, for up to ``holds`` requests each, the oldest.
    """

    def __init__(
        self,
        requests: Iterable[MeetingRequest],
        *,
        now: float,
        published: Mapping[str, Sequence[Interval]] | None = None,
        holds: int = HOLDS,
    ) -> None:
        self.now = now
        self._requests = {request.ref: request for request in requests}
        self._published = published or {}
        self._booked: dict[str, dict[str, Interval]] = defaultdict(dict)
        self._standing: dict[str, Standing] = {}
        for when, _, ref in sorted(self._facts()):
            self._apply(self._requests[ref], when)
        self._held: dict[str, list[Interval]] = defaultdict(list)
        for request in sorted(self._requests.values(), key=lambda one: (one.made, one.ref)):
            held = self._held[request.requester]
            if self.standing(request.ref).state == "requested" and len(held) < holds:
                held.append((request.starts_at, request.ends_at))

    def standing(self, ref: str) -> Standing:
        """Return what became of a request."""
        known = self._standing.get(ref)
        if known is not None:
            return known
        ended = self.now >= self._requests[ref].deadline
        return Standing("expired", "deadline") if ended else Standing("requested")

    def meetings(self) -> tuple[MeetingRequest, ...]:
        """Return the requests that became meetings, by their refs."""
        return tuple(
            request
            for ref, request in sorted(self._requests.items())
            if self.standing(ref).state == "accepted"
        )

    def taken(self, person: str) -> tuple[Interval, ...]:
        """Return the times at which this person is in a meeting, ascending."""
        return tuple(sorted([*self._booked[person].values(), *self._published.get(person, ())]))

    def held(self, person: str) -> tuple[Interval, ...]:
        """Return the times that this person's own unanswered requests hold, ascending."""
        return tuple(sorted(self._held[person]))

    def is_free(self, person: str, starts_at: float, ends_at: float) -> bool:
        """Whether this person may ask for, or be planned into, this time."""
        return not _overlap((*self.taken(person), *self.held(person)), (starts_at, ends_at))

    def _facts(self) -> Iterable[tuple[str, int, str]]:
        """Yield what was said until now: stamp, what comes first of one moment, and the request."""
        for ref, request in self._requests.items():
            said = (request.withdrawn, request.declined, request.accepted)
            yield from (
                (when, rank, ref) for rank, when in enumerate(said) if when and _moment(when) <= self.now
            )

    def _apply(self, request: MeetingRequest, when: str) -> None:
        known = self._standing.get(request.ref)
        if known is not None and known.state != "accepted":
            return
        if known is None and _moment(when) >= request.deadline:
            return  # nobody answered in time: what is said now is about nothing
        if _moment(when) >= request.ends_at:
            return  # it took place
        if when == request.withdrawn:
            self._end(request, Standing("withdrawn", "taken_back"))
        elif when == request.declined:
            self._end(request, Standing("declined", "answered"))
        elif known is None:
            self._accept(request)

    def _accept(self, request: MeetingRequest) -> None:
        time = request.starts_at, request.ends_at
        if any(_overlap(self.taken(person), time) for person in request.people):
            self._standing[request.ref] = Standing("declined", "no_longer_free")
            return
        self._standing[request.ref] = Standing("accepted", "answered")
        for person in request.people:
            self._booked[person][request.ref] = time

    def _end(self, request: MeetingRequest, standing: Standing) -> None:
        self._standing[request.ref] = standing
        for person in request.people:
            self._booked[person].pop(request.ref, None)


def _first(one: str, other: str) -> str:
    return min(one, other) if one and other else one or other


def _moment(when: str) -> float:
    """Return the time of a stamp in seconds since 1970."""
    return int(when.split(".", 2)[1]) / 1_000_000


def _overlap(times: Iterable[Interval], wanted: Interval) -> bool:
    return any(start < wanted[1] and wanted[0] < end for start, end in times)
