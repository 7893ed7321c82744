"""When too many records in a row are unusable, the topic is the wrong one or its writer is broken: stop and say so."""

from __future__ import annotations

from collections import defaultdict

from ..plugin.domain.errors import ConfigurationError

IN_A_ROW = 1000
"""How many undecodable records in a row, over whole batches of a topic, are too many."""


class PoisonPolicy:
    """Counts undecodable records by topic. One good record in a batch ends the row."""

    def __init__(self, *, limit: int = IN_A_ROW) -> None:
        self.limit = limit
        self._rows: dict[str, int] = defaultdict(int)

    def see(self, topic: str, *, good: int, undecodable: int, reason: str) -> None:
        """Count a batch whose last undecodable record failed for ``reason``.

        Raises ``ConfigurationError`` when the row is too long; by then its records are among the dead letters.
        """
        self._rows[topic] = 0 if good else self._rows[topic] + undecodable
        if self._rows[topic] >= self.limit:
            raise ConfigurationError(
                f"{self._rows[topic]} records in a row of topic {topic} cannot be decoded ({reason}): is it the "
                "right topic? They are kept as dead letters; start again to go on behind them"
            )
