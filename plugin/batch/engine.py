"""Sets the engine up over the people of a file, and turns ids into its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...hooks.registry import load_plugins
from ..domain.model import Profile
from ..services.dataset import require_engine
from .kinds import Kind
from .tables import Decision
from .watching import Phase, unwatched
from .weights import Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..services.matching import Matcher

_AT_ONCE = 20_000
"""Pairs that are scored together."""


class Engine:
    """The engine over some people: everybody is encoded once, then pairs can be scored by id."""

    def __init__(
        self,
        profiles: Mapping[str, Profile],
        *,
        encoder: str,
        weights: Weights | None = None,
        phase: Phase = unwatched,
    ) -> None:
        """Raises ``ConfigurationError`` when the engine or the encoder is not installed."""
        require_engine()
        plugins, _ = load_plugins(encoder=encoder)
        from ..services.matching import Matcher

        with phase(f"encoding {len(profiles)} people", None):
            self.matcher: Matcher = Matcher(profiles, plugins=plugins, weights=weights)
        self.row_of: Mapping[str, int] = {person: row for row, person in enumerate(self.matcher.ids)}
        self.space: str = self.matcher.space.name
        self._phase = phase

    def rows(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.intp]:
        """Return the rows of pairs of ids, (k, 2)."""
        import numpy as np

        rows = [(self.row_of[a], self.row_of[b]) for a, b in pairs]
        return np.array(rows, dtype=np.intp).reshape(-1, 2)

    def score(self, kind: Kind, rows: NDArray[np.intp], *, under_rules: bool = False) -> NDArray[np.float64]:
        """Return the scores (k,) in [0, 1] of pairs of rows (k, 2), a part at a time.

        ``under_rules``: negative for those who may not be suggested to each other, by whatever rule of the engine.
        """
        import numpy as np

        scores = np.zeros(len(rows))
        scorer = self.matcher.scorer(kind)
        with self._phase(f"scoring {len(rows)} pairs", len(rows)) as advance:
            for start in range(0, len(rows), _AT_ONCE):
                part = rows[start : start + _AT_ONCE]
                scores[start : start + len(part)] = (
                    scorer.scores(part[:, 0], part[:, 1:])[:, 0]
                    if under_rules
                    else self.matcher.score(kind, part)
                )
                advance(len(part))
        return scores


def pairs_of(decisions: Sequence[Decision]) -> Sequence[tuple[str, str]]:
    """Return whom each decision is about."""
    return [(decision.a, decision.b) for decision in decisions]
