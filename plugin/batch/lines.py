"""Opens files as numbered lines: plain or gzip by what they hold, ``-`` is standard input or output."""

from __future__ import annotations

import gzip
import io
import os
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

from ..domain.errors import ConfigurationError
from .problems import Problems
from .watching import Phase, unwatched

STANDARD = "-"
LONGEST_LINE = 8_000_000
"""Bytes. What is longer is not one person's profile."""
_GZIP = b"\x1f\x8b"


def shown(path: str) -> str:
    """Return what messages call a file."""
    return "standard input" if path == STANDARD else path


def numbered(path: str, problems: Problems, phase: Phase = unwatched) -> Iterator[tuple[int, str]]:
    """Yield each line with its number from 1, without its end; one that is no UTF-8 or too long becomes a problem.

    Raises ``ConfigurationError`` when the file cannot be read (any more).
    """
    try:
        with _opened(path) as (stream, raw), phase(f"reading {shown(path)}", _size(path)) as advance:
            at = 0
            for number, line in enumerate(_lines(stream), start=1):
                text = _decoded(line, number, shown(path), problems)
                if text is not None:
                    yield number, text
                if raw is not None and number % 256 == 0:
                    at, before = raw.tell(), at
                    advance(at - before)
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigurationError(f"{shown(path)}: {reason}") from error


@contextmanager
def written(path: str) -> Iterator[TextIO]:
    """Give a text file to write into; it appears under its name only when all went well (``-``: standard output).

    A name that ends in ``.gz`` is packed. Raises ``ConfigurationError`` when it cannot be written.
    """
    if path == STANDARD:
        yield sys.stdout
        sys.stdout.flush()
        return
    target = Path(path).resolve()
    if target.exists() and not target.is_file():  # a device or a pipe: to be written into, not to be replaced
        with _into(path, target) as stream:
            yield stream
        return
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    os.close(handle)
    unfinished = Path(name)
    try:
        with _text(unfinished, packed=target.suffix == ".gz") as stream:
            yield stream
        unfinished.chmod(0o666 & ~_umask())
        unfinished.replace(target)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()


@contextmanager
def _into(path: str, target: Path) -> Iterator[TextIO]:
    try:
        with target.open("w", encoding="utf-8", newline="") as stream:
            yield stream
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error


@contextmanager
def _opened(path: str) -> Iterator[tuple[BinaryIO, BinaryIO | None]]:
    """Give the unpacked bytes, and the file itself where it can tell how far it was read."""
    if path == STANDARD:
        peekable = io.BufferedReader(cast("io.RawIOBase", sys.stdin.buffer))
        yield (_unpacked(peekable), None)
        return
    with Path(path).open("rb") as raw:
        yield (_unpacked(raw), raw)


def _unpacked(raw: io.BufferedReader[Any]) -> BinaryIO:
    if raw.peek(2)[:2] == _GZIP:
        return cast("BinaryIO", gzip.GzipFile(fileobj=raw))
    return raw


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield lines; ``None`` for one that is too long, the rest of which is passed over."""
    while line := stream.readline(LONGEST_LINE):
        if len(line) < LONGEST_LINE or line.endswith(b"\n"):
            yield line
            continue
        while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
            pass
        yield None


def _decoded(line: bytes | None, number: int, name: str, problems: Problems) -> str | None:
    if line is None:
        problems.add(name, number, f"longer than {LONGEST_LINE} bytes")
        return None
    try:
        text = line.decode()
    except UnicodeDecodeError:
        problems.add(name, number, "is not UTF-8")
        return None
    return text.removeprefix("\ufeff").rstrip("\r\n") if number == 1 else text.rstrip("\r\n")


def _size(path: str) -> int | None:
    return None if path == STANDARD else Path(path).stat().st_size


@contextmanager
def _text(path: Path, *, packed: bool) -> Iterator[TextIO]:
    if not packed:
        with path.open("w", encoding="utf-8", newline="") as plain:
            yield plain
        return
    # No time stamp and no name inside: the same result gives the same bytes.
    with (
        path.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as binary,
        io.TextIOWrapper(cast("BinaryIO", binary), encoding="utf-8", newline="") as stream,
    ):
        yield stream


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_pages(path: str, pages: Sequence[str]) -> Sequence[str]:
    """Write a file for each page, ``plan.svg``, ``plan-2.svg`` and so on, and return their names.

    On standard output it is the first page alone.
    """
    names = []
    for number, page in enumerate(pages if path != STANDARD else pages[:1], start=1):
        file = Path(path)
        name = path if number == 1 else str(file.with_name(f"{file.stem}-{number}{file.suffix}"))
        with written(name) as stream:
            stream.write(page)
        names.append(name)
    return names
