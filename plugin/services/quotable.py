"""What of a profile may be quoted to the others of a group: what its owner made visible, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ..domain.model import FACETS, Profile
from ..engine.words import stems
from .vectors import scored_texts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..engine.crowd import Crowd
    from ..engine.topics import Topics


def visible_texts(profile: Profile) -> Iterator[tuple[str, int, str]]:
    """Yield facet, place within the facet, and text of every item that others may read."""
    for facet in FACETS:
        if facet in profile.visible:
            for place, text in enumerate(scored_texts(profile, facet)):
                yield facet, place, text


def topics_of(profiles: Sequence[Profile], crowd: Crowd) -> Topics:
    """Return what finds topics of some of these people; ``profiles`` in the order of the crowd's rows."""
    import numpy as np

    from ..engine.crowd import FACETS as IN_ROWS
    from ..engine.topics import Said, Topics

    said, places = [], []
    for row, profile in enumerate(profiles):
        for facet, place, text in visible_texts(profile):
            said.append(Said(row, facet, text))
            places.append(int(crowd.starts[row * len(IN_ROWS) + IN_ROWS.index(facet)]) + place)
    vectors: NDArray[np.int8] = crowd.items[np.array(places, dtype=np.intp)]
    return Topics(said, len(profiles), vectors=vectors, ignored=_names(profiles))


def _names(profiles: Sequence[Profile]) -> Mapping[int, frozenset[str]]:
    """Return the stems of each person's own name, and of an organisation that they keep to themselves."""
    return {
        row: frozenset(
            stems(profile.name)
            + ([] if "organisation" in profile.visible else stems(profile.organisation or ""))
        )
        for row, profile in enumerate(profiles)
    }
