"""What the contract suite knows of each host: its adapter, its recorded deliveries, and its ``workbench.py``.

``tests/hosts/<name>/workbench.py`` (or one below a folder that ENTREMISE_HOST_TESTS names) says what no suite can guess:

- ``installation(address) -> Installation``: a tenant whose host answers at ``address`` (``http://127.0.0.1:<port>``);
- ``sign(delivery, *, at) -> Delivery``: the delivery as that host signs it (only where the host signs);
- ``results() -> Sequence[Result]``: what may be published to it (optional; three suggestions otherwise);
- ``answer(asked) -> Reply``: what the host answers when all is well (optional; 200 and ``{}`` otherwise);
- ``fetched() -> Iterable[DomainEvent]``: what looking up its hints gives (only where deliveries are hints).
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from builders import NOON
from local_http import Asked, Reply

from entremise.hooks import outbound, registry
from entremise.hooks.contract import HostAdapter, HostContext, Installation
from entremise.plugin.domain.delivery import Delivery
from entremise.plugin.domain.errors import DeliveryError
from entremise.plugin.domain.suggestions import Result

TESTS = Path(__file__).parent
FOLDERS = [
    TESTS / "hosts",
    *map(Path, filter(None, os.environ.get("ENTREMISE_HOST_TESTS", "").split(os.pathsep))),
]
"""Where hosts have their tests; ENTREMISE_HOST_TESTS adds folders of hosts that live outside this repository."""
HOSTS = registry.load_plugins()[1]


class Workbench:
    """One host under test."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.host: HostAdapter = HOSTS[name]
        found = [folder / name for folder in FOLDERS if (folder / name).is_dir()]
        self.folder = found[0] if found else FOLDERS[0] / name

    def __repr__(self) -> str:
        return self.name

    @property
    def shown(self) -> str:
        inside = self.folder.is_relative_to(TESTS)
        return str(self.folder.relative_to(TESTS.parent) if inside else self.folder)

    @cached_property
    def _module(self) -> ModuleType:
        path = self.folder / "workbench.py"
        if not path.exists():
            kindly(
                f"{self.name} has no {self.shown}/workbench.py: say there what an installation of it looks like"
                " (tests/workbench.py lists what belongs in it, tests/hosts/generic has an example)"
            )
        spec = importlib.util.spec_from_file_location(f"workbench_of_{self.name}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def installation(self, address: str = "http://127.0.0.1:9") -> Installation:
        made: Installation = self._needed("installation", "a tenant of it, given the host's address")(address)
        return made

    def sign(self, delivery: Delivery, *, at: float = NOON) -> Delivery:
        signed: Delivery = self._needed("sign", "a delivery as that host signs it")(delivery, at=at)
        return signed

    def results(self) -> Sequence[Result]:
        given = getattr(self._module, "results", None)
        return given() if given else [a_result(f"a{number}") for number in range(3)]

    def answer(self, asked: Asked) -> Reply:
        given = getattr(self._module, "answer", None)
        return given(asked) if given else Reply()

    def fetched(self) -> Sequence[Any]:
        given = getattr(self._module, "fetched", None)
        return list(given()) if given else []

    def context(self, installation: Installation, *, timeout: float = 3.0) -> HostContext:
        http = outbound.Outbound(allow_private=["127.0.0.1"], timeout=timeout)
        _opened.append(http)
        return HostContext(
            installation=installation,
            http=http,
            personal_link=lambda host_event, ref: f"https://entremise.example/people/{host_event}/{ref}",
            now=NOON,
        )

    def recordings(self) -> Sequence[Path]:
        """Return the recorded bodies, without what belongs to them."""
        found = (self.folder / "deliveries").glob("*.json")
        return sorted(path for path in found if not path.name.endswith((".expected.json", "headers.json")))

    def delivery(self, path: Path) -> Delivery:
        headers = {"content-type": "application/json"}
        for beside in (path.with_name("headers.json"), path.with_name(f"{path.stem}.headers.json")):
            if beside.exists():
                headers |= json.loads(beside.read_text(encoding="utf-8"))
        return Delivery(self.name, "webhook", headers, path.read_bytes(), NOON)

    def _needed(self, function: str, what: str) -> Any:
        found = getattr(self._module, function, None)
        if found is None:
            kindly(f"{self.shown}/workbench.py has no function {function}: it should return {what}")
        return found


_opened: list[outbound.Outbound] = []


def close_all() -> None:
    """Close every connection that contexts opened (tests call it when they are done)."""
    while _opened:
        _opened.pop().close()


def kindly(message: str) -> None:
    """Fail with the sentence alone: who reads it wants to know what to write next, not where we stand."""
    pytest.fail(message, pytrace=False)


def a_result(recipient: str, *, revision: int = 1, payload: Mapping[str, Any] | None = None) -> Result:
    """Return a result as the engine makes them."""
    suggestion = {"person": "z9", "name": "Noé", "rank": 1, "score": 0.7, "for_you": [], "for_them": []}
    content = {"language": "fr", "suggestions": [suggestion]} if payload is None else dict(payload)
    return Result("inst", "conf", recipient, "connections", revision, content, ("z9",))


def heard(host: HostAdapter, delivery: Delivery, installation: Installation) -> Any:
    """Return what the adapter makes of a delivery, as it stands in ``*.expected.json``; a list for a batch."""
    parts = [_heard(host, part, installation) for part in host.unpack(delivery)]
    return parts[0] if len(parts) == 1 else parts


def _heard(host: HostAdapter, delivery: Delivery, installation: Installation) -> dict[str, Any]:
    told: dict[str, Any] = {"key": host.delivery_key(delivery)}
    try:
        told["parsed"] = [_described(item) for item in host.parse(delivery, installation)]
    except DeliveryError as error:
        told["error"] = {
            "type": type(error).__name__,
            "field": getattr(error, "field", None),
            "says": str(error),
        }
    return told


def _described(item: Any) -> dict[str, Any]:
    """Return a domain event as JSON, without the fields that are at their defaults."""
    return {"type": type(item).__name__, **_fields(item)}


def _fields(item: Any) -> dict[str, Any]:
    told = {}
    for one in dataclasses.fields(item):
        value = getattr(item, one.name)
        if one.default_factory is not dataclasses.MISSING:
            default: Any = one.default_factory()
        else:
            default = one.default
        if value != default:
            told[one.name] = _fields(value) if dataclasses.is_dataclass(value) else value
    return json.loads(json.dumps(told))  # type: ignore[no-any-return]
