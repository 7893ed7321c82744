"""The receiving host as a child process: started before entremise, given its key like any host, read by its ledger."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Self

from .. import processes
from ..domain.errors import ConfigurationError
from .held import HeldResults
from .receiving_host import KEY_FILE, LEDGER


class Receiver:
    """Runs the receiving host in ``home``. Use it from the main thread; as a context manager it is stopped."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.url = ""
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True, exist_ok=True)
        log = self.home / "host.log"
        log.write_bytes(b"")
        command = [sys.executable, "-m", "entremise.plugin.demo.receiving_host", str(self.home)]
        self.process = processes.start(command, log=log)
        while b"\n" not in (said := log.read_bytes()):
            if self.process.poll() is not None:
                raise ConfigurationError(
                    f"the receiving host did not start: {said.decode(errors='replace')[-2000:]}"
                )
        self.url = f"http://127.0.0.1:{json.loads(said.splitlines()[0])['port']}/results"
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            processes.stop(self.process)

    @property
    def authority(self) -> str:
        """``host:port`` of the callback: what the operator allows as a private address."""
        return self.url.split("/")[2]

    def give_key(self, secret: str) -> None:
        """Hand over the secret that signs results."""
        path = self.home / KEY_FILE
        path.touch(mode=0o600)
        path.write_text(secret)

    def ledger(self) -> HeldResults:
        """Open its ledger; close it after use."""
        return HeldResults(self.home / LEDGER)
