"""Makes and reads the signed addresses of people's own pages: scoped to one purpose, expiring, never guessable.

The address of a person is the same every time that it is made (a host may write it into a field of its own and
compare), so the expiry follows from the host event, or from the calendar, and not from the moment.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from itsdangerous import BadData, URLSafeSerializer

from ..domain.errors import ConfigurationError, EntremiseError

AFTER_THE_END = 90 * 86400.0
"""Seconds that a personal page stays open after the end of the host event."""

FORM_LIFE = 7 * 86400.0
"""Seconds within which a form of a page that was opened may be sent."""

_DAY = 86400


class BadLink(EntremiseError):
    """The address is not one of ours, is for another purpose, or has expired."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a personal address stands for.

    ``life`` tells the holders of one ref apart (see ``addresses``); empty where nobody was erased.
    """

    installation_id: str
    host_event: str
    ref: str
    life: str = ""


class Links:
    """Signs with the newest key, reads with all of them (``keys`` are newest first).

    ``public_url`` is where the web door is reached, without a final slash.
    """

    def __init__(
        self, keys: Sequence[str], public_url: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        if not keys:
            raise ConfigurationError("ENTREMISE_SECRET_KEY is not set: personal addresses cannot be signed")
        self._keys = tuple(reversed(keys))  # itsdangerous wants the newest last
        self.public_url = public_url.rstrip("/")
        self._clock = clock

    def personal(
        self, installation_id: str, host_event: str, ref: str, *, life: str = "", ends_at: float | None = None
    ) -> str:
        """Return the person's own address.

        It expires 90 days after ``ends_at`` (seconds since 1970); where the end is not known, at the end of next
        year. The same arguments give the same address, within one calendar year and under one newest key.
        """
        person = Person(installation_id, host_event, ref, life)
        return f"{self.public_url}/me/{self.token(person, ends_at=ends_at)}"

    def token(self, person: Person, *, ends_at: float | None = None) -> str:
        """Return the last part of the person's address."""
        expires = self._end_of_next_year() if ends_at is None else ends_at + AFTER_THE_END
        # In whole days, rounded up: shorter, and the same for an end that moves by minutes.
        days = -int(-expires // _DAY)
        return self._signed("page", person, days)

    def read(self, token: str) -> Person:
        """Return whom the address was made for; raises ``BadLink``. Whether they were erased since is not looked at."""
        return self._read("page", token)

    def form(self, person: Person) -> str:
        """Return what a form on the person's page must carry, so that nobody else's page can send it."""
        days = -int(-(self._clock() + FORM_LIFE) // _DAY)
        return self._signed("form", person, days)

    def check_form(self, token: str, person: Person) -> None:
        """Raise ``BadLink`` unless ``form`` made the token for this person, not long ago."""
        if self._read("form", token) != person:
            raise BadLink("made for somebody else")

    def _signed(self, purpose: str, person: Person, days: int) -> str:
        # Nothing in the place of an empty life: hosts hold addresses from before there were any, and compare.
        life = [person.life] if person.life else []
        return self._signer(purpose).dumps(
            [person.installation_id, person.host_event, person.ref, days, *life]
        )

    def _read(self, purpose: str, token: str) -> Person:
        try:
            fields = self._signer(purpose).loads(token)
        except BadData as error:
            raise BadLink("not signed by this service") from error
        # What is signed was written by us, but perhaps by another version.
        match fields:
            case [str(installation_id), str(host_event), str(ref), int(days), *rest] if _is_life(rest):
                if self._clock() > days * _DAY:
                    raise BadLink("expired")
                return Person(installation_id, host_event, ref, *rest)
        raise BadLink("written by another version")

    def _signer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(
            list(self._keys), salt=f"entremise.personal.{purpose}.v1", signer_kwargs=_SIGNER
        )

    def _end_of_next_year(self) -> float:
        return datetime(datetime.fromtimestamp(self._clock(), UTC).year + 2, 1, 1, tzinfo=UTC).timestamp()


def _is_life(rest: Sequence[object]) -> bool:
    return not rest or (len(rest) == 1 and isinstance(rest[0], str) and bool(rest[0]))


_SIGNER = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
