"""Commits what many threads bring in one transaction: those that arrive while one commits join the next commit.

A commit costs nearly the same for one delivery as for fifty, so under load they share it. A leader waits a moment for
threads that have said that they are on their way; alone, nobody waits.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

WAIT_SECONDS = 0.003
"""How long a leader waits, at most, for those who are on their way."""
MOST = 500
"""Places in one group, at most."""

T = TypeVar("T")


class Interrupted(Exception):
    """The leader was stopped before it could say whether this is stored; the sender has to repeat it."""


@dataclass(slots=True, eq=False)
class _Place(Generic[T]):
    """One thread's place in the line. It sleeps on ``turn`` until it is served, or told to lead."""

    item: T
    turn: threading.Lock = field(default_factory=threading.Lock)
    served: bool = False
    stored: bool = False
    error: Exception | None = None

    def __post_init__(self) -> None:
        self.turn.acquire()


@dataclass(slots=True)
class _Expected:
    """A thread that said that it was coming."""

    has_come: bool = False


class GroupCommit(Generic[T]):
    """Calls ``commit(items)`` for whole groups, from the thread of one of them (the leader).

    ``whole`` names the errors that concern every item of a group alike (the database is away). After any other
    error each item is tried alone, so that a bad one spoils nobody else's answer; ``commit`` must therefore leave
    nothing behind when it raises. ``after(items)`` is called for what was committed when everybody else has been
    answered and the next group is under way; it must not raise.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[T]], object],
        *,
        after: Callable[[Sequence[T]], object] = lambda _items: None,
        whole: tuple[type[Exception], ...] = (),
        most: int = MOST,
    ) -> None:
        self._commit = commit
        self._after = after
        self._whole = whole
        self._most = most
        self._line: deque[_Place[T]] = deque()
        self._led = False
        self._lock = threading.Lock()
        self._coming = 0
        self._joined = threading.Condition(self._lock)

    @contextmanager
    def coming(self) -> Iterator[Callable[[T], None]]:
        """Yield ``add`` for a thread that will call it in a moment, or fail to: a leader waits for it a little."""
        expected = _Expected()
        with self._lock:
            self._coming += 1
        try:
            yield lambda item: self.add(item, expected)
        finally:
            with self._lock:
                self._has_come(expected)

    def add(self, item: T, expected: _Expected | None = None) -> None:
        """Return once the item is committed; raises what ``commit`` raised for it."""
        place = _Place(item)
        with self._lock:
            self._line.append(place)
            self._has_come(expected)
            leads, self._led = not self._led, True
        if not leads:
            place.turn.acquire()
        if not place.served:
            self._lead()
        if not place.stored:
            raise place.error or Interrupted("the thread that was storing the group was stopped")

    def _lead(self) -> None:
        """Serve the line from its head, which is the leader itself; then name the next leader, if anybody came."""
        with self._lock:
            self._joined.wait_for(lambda: not self._coming or len(self._line) >= self._most, WAIT_SECONDS)
            group = [self._line.popleft() for _ in range(min(self._most, len(self._line)))]
        try:
            self._serve(group)
        finally:
            for place in group:
                place.served = True
                place.turn.release()
            with self._lock:
                if self._line:
                    self._line[0].turn.release()
                else:
                    self._led = False
        if stored := [place.item for place in group if place.stored]:
            self._after(stored)

    def _has_come(self, expected: _Expected | None) -> None:
        """Count a thread as no longer on its way, once. Called with the lock held."""
        if expected is not None and not expected.has_come:
            expected.has_come = True
            self._coming -= 1
            self._joined.notify()

    def _serve(self, places: Sequence[_Place[T]]) -> None:
        try:
            self._commit([place.item for place in places])
        except self._whole as error:
            for place in places:
                place.error = error
        except Exception as error:  # noqa: BLE001 - it is raised again, on the thread that it concerns
            if len(places) == 1:
                places[0].error = error
                return
            for place in places:
                self._serve([place])
        else:
            for place in places:
                place.stored = True
