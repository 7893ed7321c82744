"""Files of JSON Lines as a ``MessageSource``: one file, or a folder of them in the order of their names.

How far each file was read is kept beside the database, so that a restart resumes. ``.gz`` files are read as they
are. A file is known by its path; one that became shorter was replaced and is read from its start.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from ..plugin.domain.errors import ConfigurationError
from .source import NOTHING, Batch, PlainRecord, Record

HEADERS = (("content-type", b"application/cloudevents+json"),)
SUFFIXES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
LOOK_EVERY = 0.2
"""Seconds between two looks at a file that is being written."""


class FileSource:
    """Reads ``path``; its records' topic is ``topic``.

    ``offsets`` is the folder in which positions are kept. With ``follow``, waits for lines and files to be added
    (a last line without its end is not one yet, and ``.gz`` files are taken as complete); without, ``ended`` turns
    true when everything was handed out. Of a line longer than ``longest`` bytes only the beginning is handed out.
    """

    def __init__(
        self,
        path: Path,
        *,
        offsets: Path,
        topic: str = "file",
        follow: bool = False,
        limit: int = 500,
        longest: int = 1 << 20,
    ) -> None:
        if not path.exists():
            raise ConfigurationError(f"{path} does not exist")
        self.path = path.absolute()
        self.topic = topic
        self.follow = follow
        self.limit = limit
        self.longest = longest
        self.ended = False
        self._paused = False
        self._offsets = _Offsets(offsets, self.path)
        self._positions = dict(self._offsets.committed)
        self._sizes: dict[str, int] = {}  # of .gz files read to their end, whose positions do not tell
        self._open: tuple[Path, IO[bytes]] | None = None

    def poll(self, seconds: float) -> Batch:
        deadline = time.monotonic() + seconds
        while True:
            if not self._paused:
                batch = self._take()
                if batch.records:
                    return batch
                if not self.follow:
                    self.ended = True
                    return NOTHING
            left = deadline - time.monotonic()
            if left <= 0:
                return NOTHING
            time.sleep(min(left, LOOK_EVERY))

    def commit(self, batch: Batch) -> None:
        self._offsets.save({str(name): offset for name, offset in batch.through.items()})

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False

    def lag(self) -> int:
        """Lines that wait; reads the rest of the files, so ask seldom."""
        waiting = 0
        for path in self._files():
            if not self._finished(path):
                with _opened(path) as stream:
                    waiting += sum(1 for line, _ in self._lines(stream, path) if line)
        return waiting

    def close(self) -> None:
        self._paused = True
        self._shut()
        self._offsets.close()

    def _files(self) -> list[Path]:
        if self.path.is_dir():
            return sorted(child for child in self.path.iterdir() if child.name.endswith(SUFFIXES))
        return [self.path]

    def _take(self) -> Batch:
        records: list[Record] = []
        through: dict[object, int] = {}
        for path in self._files():
            if self._finished(path):
                continue
            for line, position in self._lines(self._stream(path), path):
                self._positions[path.name] = through[path.name] = position
                if line:
                    records.append(PlainRecord(self.topic, line, HEADERS))
                if len(records) == self.limit:
                    return Batch({self.topic: records}, through)
            if path.name.endswith(".gz"):
                self._sizes[path.name] = path.stat().st_size
        return Batch({self.topic: records}, through) if records else NOTHING

    def _finished(self, path: Path) -> bool:
        """Whether all of the file was handed out, as far as its size tells; forgets one that was replaced."""
        size = path.stat().st_size
        if path.name.endswith(".gz"):
            return self._sizes.get(path.name) == size
        if size < self._positions.get(path.name, 0):
            self._shut()
            self._positions[path.name] = 0
        return size == self._positions.get(path.name, 0)

    def _lines(self, stream: IO[bytes], path: Path) -> Iterator[tuple[bytes, int]]:
        """Yield each line without its end, and the position behind it. Positions count uncompressed bytes."""
        position = self._positions.get(path.name, 0)
        try:
            stream.seek(position)
            while line := stream.readline(self.longest + 2):
                position += len(line)
                rest = line
                while not rest.endswith(b"\n") and (rest := stream.readline(1 << 16)):
                    position += len(rest)
                if not rest and self.follow and not path.name.endswith(".gz"):
                    return
                yield line.strip(), position
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ConfigurationError(f"{path} is damaged: {error}") from error

    def _stream(self, path: Path) -> IO[bytes]:
        # Kept open between polls: finding a position in a .gz means to decompress everything before it.
        if self._open is None or self._open[0] != path:
            self._shut()
            self._open = (path, _opened(path))
        return self._open[1]

    def _shut(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None


def _opened(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path, "rb")) if path.name.endswith(".gz") else path.open("rb")


class _Offsets:
    """Committed positions by file name, in one small file that is replaced as a whole and locked while in use."""

    def __init__(self, folder: Path, source: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / f"{hashlib.sha256(os.fsencode(source)).hexdigest()[:32]}.json"
        self._lock = self._file.with_suffix(".lock").open("ab")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise ConfigurationError(f"another process is reading {source}") from None
        self.committed: dict[str, int] = {}
        if self._file.exists():
            self.committed = json.loads(self._file.read_bytes())["positions"]
        self._source = str(source)

    def save(self, positions: dict[str, int]) -> None:
        self.committed |= positions
        fresh = self._file.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as out:
            json.dump({"source": self._source, "positions": self.committed}, out)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._file)

    def close(self) -> None:
        self._lock.close()
