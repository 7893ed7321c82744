"""What could not be used of a file, line by line: it is left out and told, never guessed at and never silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One line that was left out: in which file, which line (from 1), which field where one is to blame, and why."""

    file: str
    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: "
        return where + (f"{self.field}: {self.reason}" if self.field else self.reason)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return asdict(self)


@dataclass(slots=True)
class Problems:
    """The lines left out of all files of one command, in the order in which they were found."""

    found: list[Problem] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.found)

    def add(self, file: str, line: int, reason: str, *, field: str = "") -> None:
        """Note a line that is left out."""
        self.found.append(Problem(file, line, field, reason))
