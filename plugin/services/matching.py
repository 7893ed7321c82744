"""The engine over people who are all at hand: for commands on files, with no service and no store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pluggy import PluginManager

from ..domain.model import Attendee, Profile
from .dataset import Dataset, require_engine
from .ports import RosterRow
from .vectors import TextEncoder, encoded, fitted, joined

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..engine.kinds import Kind
    from ..engine.scoring import Scorer


class Matcher:
    """Encodes everybody once, in a space fitted on them, then answers for pairs of rows of ``ids``."""

    def __init__(
        self,
        profiles: Mapping[str, Profile],
        *,
        plugins: PluginManager,
        weights: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:
        """``weights`` are learnt ones by kind, each by name of a term.

        Raises ``ConfigurationError`` where ``entremise[engine]`` is not installed.
        """
        require_engine()
        self.ids: Sequence[str] = sorted(profiles)
        told = [profiles[id_] for id_ in self.ids]
        encoder = TextEncoder(plugins)
        self.space = fitted(told, encoder)
        rows = [
            _row(number, id_, profile)
            for number, (id_, profile) in enumerate(zip(self.ids, told, strict=True))
        ]
        self.people = Dataset(rows, ())
        self.crowd = self.people.crowd(*joined(encoded(told, self.space, encoder)))
        self._weights = weights or {}
        self._scorers: dict[Kind, Scorer] = {}

    def scorer(self, kind: Kind) -> Scorer:
        """Return the exact scorer of this kind over everybody."""
        from ..engine.kinds import KINDS
        from ..engine.scoring import Scorer

        if kind not in self._scorers:
            weights = KINDS[kind].learnt(self._weights.get(kind, {}))
            self._scorers[kind] = Scorer(self.crowd, weights)
        return self._scorers[kind]

    def score(self, kind: Kind, pairs: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the scores (k,) in [0, 1] of pairs of rows (k, 2), whatever the hard rules say of them.

        Of a connection or peers it is the same from both sides; for expert and mentorship the first one seeks.
        """
        import numpy as np

        out, back = self.scorer(kind).directed(pairs[:, 0], pairs[:, 1:])
        return np.sqrt(out * back)[:, 0] if self.scorer(kind).weights.mutual else out[:, 0]

    def terms(self, kind: Kind, pairs: NDArray[np.intp]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return (k, TERMS) of directed pairs of rows, and whether each is known."""
        return self.scorer(kind).terms(pairs[:, 0], pairs[:, 1])


def _row(number: int, id_: str, profile: Profile) -> RosterRow:
    everything: dict[str, Any] = {"registered": True}
    return RosterRow.of(Attendee("", "", id_, profile, **everything), number=number)
