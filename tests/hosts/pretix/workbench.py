"""An installation at pretix, a pretix that answers as it was recorded to, and what looking up its hints gives."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from builders import NOON
from local_http import Asked, Reply

from entremise.hooks.contract import Installation
from entremise.hooks.hosts.pretix.configuration import PretixConfiguration
from entremise.hooks.hosts.pretix.host import PretixHost
from entremise.plugin.domain.events import DomainEvent, Hint
from entremise.plugin.domain.suggestions import Result

sys.path.append(str(Path(__file__).parent))

from recorded_pretix import TOKEN, Pretix, context_for, serving_pretix

_PRETIX = Pretix()


def installation(address: str) -> Installation:
    given = {"url": address, "organizer": "entremise", "allow_private": ["127.0.0.1"]}
    schema = PretixConfiguration()
    return Installation("inst", "pretix", "Test", schema.dump(schema.load(given)), {"token": TOKEN})


def answer(asked: Asked) -> Reply:
    return _PRETIX.reply(asked)


def results() -> Sequence[Result]:
    suggestion = {
        "person": "TPPXW-1",
        "name": "Ben Example",
        "rank": 1,
        "score": 0.7,
        "for_you": [],
        "for_them": [],
    }
    content = {"language": "en", "suggestions": [suggestion]}
    return [
        Result("inst", "demo", "ETJRV-1", feature, 1, content, ("TPPXW-1",))
        for feature in ("connections", "mentorship")
    ]


def fetched() -> Iterable[DomainEvent]:
    """Walk one order through what can happen to it."""
    pretix = Pretix()
    order = pretix.orders["ETJRV"]
    ticket = order["positions"][0]
    scan = {"id": 90, "datetime": "2026-11-23T02:00:00Z", "list": 1}
    steps: list[dict[str, Any]] = [
        {"status": "p", "checkins": []},
        {"status": "p", "checkins": [{**scan, "type": "entry"}]},
        {"status": "p", "checkins": [{**scan, "type": "exit"}]},
        {"status": "c", "checkins": []},
    ]
    with serving_pretix(pretix):
        context, hint = context_for(pretix, known=("ETJRV-1",), now=NOON), Hint("order:demo/ETJRV")
        for step in steps:
            order["status"], ticket["checkins"] = step["status"], copy.deepcopy(step["checkins"])
            yield from PretixHost().fetch(hint, context)
        del pretix.orders["ETJRV"]
        yield from PretixHost().fetch(hint, context)
        yield from PretixHost().fetch(Hint("hostevent:demo"), context)
