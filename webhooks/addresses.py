"""Finds the installation that an address belongs to, without telling a stranger which ones exist."""

from __future__ import annotations

import hmac
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from ..hooks.contract import Installation
from ..plugin.bootstrap import Container
from ..plugin.domain.errors import NotFound
from ..plugin.services.installations import open_installation
from ..plugin.web.problems import Problem

REMEMBERED_SECONDS = 2.0
"""How long a door goes by what it read of an installation: the time until ``disable`` or ``rotate`` is felt."""

MOST_REMEMBERED = 1024

_AN_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class _Known:
    installation: Installation
    path_hash: str
    until: float


class Addresses:
    """Reads each installation at most every two seconds; strangers' guesses are never remembered."""

    def __init__(
        self,
        container: Container,
        *,
        seconds: float = REMEMBERED_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._container = container
        self._seconds = seconds
        self._monotonic = monotonic
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, installation_id: str, part: str | None, *, anew: bool = False) -> Installation:
        """Return the installation of ``/hosts/<installation_id>/deliveries[/<part>]``; ``anew`` reads it again.

        Raises one and the same 404 for an unknown or disabled installation, a wrong part, and a missing part
        where the host signs nothing. The work done does not depend on which it is.
        """
        known = None if anew else self._recall(installation_id)
        if known is None or known.installation.status == "disabled":
            # It may have been resumed a moment ago.
            known = self._read(installation_id)
        offered = self._container.vault.hash_token(part or "")
        expected = known.path_hash if known else "0" * len(offered)
        right_part = hmac.compare_digest(offered.encode(), expected.encode())
        if known is None or known.installation.status == "disabled":
            raise _nobody()
        signed = self._container.hosts[known.installation.host].capabilities.signed
        if not (right_part if part is not None else signed):
            raise _nobody()
        return known.installation

    def _recall(self, installation_id: str) -> _Known | None:
        with self._lock:
            known = self._known.get(installation_id)
        return known if known and self._monotonic() < known.until else None

    def _read(self, installation_id: str) -> _Known | None:
        if not _AN_ID.fullmatch(installation_id):
            return None
        try:
            installation = open_installation(self._container, installation_id)
            with self._container.store.snapshot() as uow:
                path_hash = uow.installations.path_hash(installation_id)
        except (NotFound, KeyError):
            return None
        if installation.host not in self._container.hosts:
            return None
        known = _Known(installation, path_hash, self._monotonic() + self._seconds)
        with self._lock:
            self._known[installation_id] = known
            self._known.move_to_end(installation_id)
            while len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
        return known


def _nobody() -> Problem:
    return Problem(404, "no_such_address", "nothing is received at this address")
