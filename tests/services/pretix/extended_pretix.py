"""A real pretix with the extension installed from its built wheel, beside the stock one and on its software."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aloud import Say, environment, nobody_watches
from real_pretix import HERE, ROOT, RealPretix
from workshop import build_wheel, stock_folder

EVERY = "3"
"""Seconds between runs of pretix's periodic tasks."""

Held = dict[tuple[str, str], dict[str, Any]]


class ExtendedPretix(RealPretix):
    """Web, a task worker and the clock in processes of their own; the plugin is installed, and on for no event yet."""

    def __init__(self, work: Path | None = None, *, say: Say = nobody_watches) -> None:
        named = os.environ.get("ENTREMISE_TEST_PRETIX_EXTENSION", ROOT / ".cache" / "pretix-extension-host")
        super().__init__(work or Path(named), say=say)

    def options(self) -> list[str]:
        return ["--base", str(stock_folder()), "--worker", "--periodic", EVERY, "--no-questions"]

    def plugins(self) -> list[str | Path]:
        return [build_wheel(self.work / "wheel", say=self.say)]

    @contextmanager
    def without(self, part: str) -> Iterator[None]:
        """Kill one of the processes (``worker``, ``periodic``, ``web``) as a crash does; start it again at the end."""
        kept = self.work / f"{part}.pid"
        number = int(kept.read_text())
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
        try:
            yield
        finally:
            more = (EVERY,) if part == "periodic" else ()
            subprocess.run(
                [HERE / "lib" / "start", self.work, part, *more], env=environment(), check=True, timeout=30
            )

    def rows_of(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the database itself, reading only."""
        address = f"file:{self.work / 'data' / 'db.sqlite3'}?mode=ro"
        with sqlite3.connect(address, uri=True, timeout=30) as database:
            found: list[tuple[Any, ...]] = database.execute(question, values).fetchall()
        database.close()
        return found

    def held(self) -> Held:
        """Return (ticket, feature) → what its holder is to see."""
        found = self.rows_of(
            "SELECT o.code, p.positionid, h.feature, h.payload FROM pretix_entremise_held h"
            " JOIN pretixbase_orderposition p ON p.id = h.position_id JOIN pretixbase_order o ON o.id = p.order_id"
            " JOIN pretixbase_event e ON e.id = o.event_id WHERE e.slug = ?",
            self.facts["event"],
        )
        return {
            (f"{code}-{place}", feature): json.loads(payload)
            for code, place, feature, payload in found
            if payload is not None and json.loads(payload) is not None
        }

    def unsent(self) -> int:
        """How many marks wait for being sent."""
        return int(self.rows_of("SELECT count(*) FROM pretix_entremise_mark")[0][0])

    def agreed(self) -> set[str]:
        """Return the paid tickets whose answer to the question of consent is yes, as pretix's own tables have it."""
        found = self.rows_of(
            "SELECT o.code, p.positionid FROM pretixbase_orderposition p"
            " JOIN pretixbase_order o ON o.id = p.order_id JOIN pretixbase_event e ON e.id = o.event_id"
            " JOIN pretixbase_questionanswer a ON a.orderposition_id = p.id"
            " JOIN pretixbase_question q ON q.id = a.question_id"
            " WHERE e.slug = ? AND q.identifier = 'CONSENT' AND a.answer = 'True' AND o.status = 'p' AND NOT p.canceled",
            self.facts["event"],
        )
        return {f"{code}-{place}" for code, place in found}

    def ticket_pages(self) -> dict[str, str]:
        """Return ticket → the address of its own page, as its holder has it."""
        found = self.rows_of(
            "SELECT o.code, p.positionid, p.web_secret FROM pretixbase_orderposition p"
            " JOIN pretixbase_order o ON o.id = p.order_id JOIN pretixbase_event e ON e.id = o.event_id"
            " WHERE e.slug = ?",
            self.facts["event"],
        )
        shop = str(self.facts["shop_url"])
        return {f"{code}-{place}": f"{shop}ticket/{code}/{place}/{secret}/" for code, place, secret in found}
