"""Asks the engine what speaks for pairs of people, and says it in their own words: which item met which.

The one place where places among a crowd's items become texts again. Only what its owner shows is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from ..domain.model import Attendee, Profile
from .bios import in_common
from .likeness import LEAST, Item, is_alike
from .reasons import Ground, Grounds
from .vectors import scored_texts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..engine.crowd import Crowd
    from ..engine.evidence import Meetings
    from ..engine.scoring import Scorer

Pair = tuple[str, str]
"""Two people, by ref."""
FindGrounds = Callable[[Sequence[Pair], Mapping[str, Attendee]], Sequence[tuple[Grounds, Grounds]]]
"""Return what speaks for the second person to the first, and for the first to the second, of each pair. Everybody in
the pairs is among the attendees."""

_ENOUGH = 1e-4
"""What changes a score by less is no reason."""
_SAID_BY_ITEMS = ("need_offer", "about")
"""The terms of a score that items make, as seen from whoever gains."""


def find_grounds(
    row_of: Mapping[str, int], scorer: Scorer, pairs: Sequence[Pair], attendees: Mapping[str, Attendee]
) -> Sequence[tuple[Grounds, Grounds]]:
    """Return the grounds of both directions of each pair; ``row_of`` leads from refs to rows of the scorer's crowd.

    The grounds of a pair depend on these two people alone, and on the space in which their vectors were made.
    """
    if not pairs:
        return []
    import numpy as np

    asked = np.array([[row_of[one], row_of[other]] for one, other in pairs], dtype=np.intp)
    # Two who are suggested to each other have the same grounds, the other way round.
    rows, place = np.unique(np.sort(asked, axis=1), axis=0, return_inverse=True)
    turned = asked[:, 0] > asked[:, 1]
    refs = {row_of[ref]: ref for pair in pairs for ref in pair}
    profiles = {row: attendees[ref].profile for row, ref in refs.items()}
    found = _Found(scorer, rows, profiles).both_ways()
    return [
        (found[number][1], found[number][0]) if back else found[number]
        for number, back in zip(place.ravel().tolist(), turned.tolist(), strict=True)
    ]


class _Found:
    """The grounds of k distinct pairs of rows (k, 2)."""

    def __init__(self, scorer: Scorer, rows: NDArray[np.intp], profiles: Mapping[int, Profile]) -> None:
        self._scorer = scorer
        self._rows = rows
        self._profiles = profiles
        self._item = lru_cache(maxsize=None)(Item.of)

    def both_ways(self) -> list[tuple[Grounds, Grounds]]:
        from ..engine.crowd import FACETS
        from ..engine.evidence import contributions, meetings
        from ..engine.lacking import facet_of

        crowd = self._scorer.crowd
        mine, theirs = self._rows[:, 0], self._rows[:, 1]
        texts, numbers = self._shown(crowd)
        found = meetings(crowd, mine, theirs, numbers >= 0, least=LEAST)
        facets = facet_of(crowd, found.mine), facet_of(crowd, found.theirs)
        bio = facets[0] == FACETS.index("bio")
        convincing = self._convincing(found, texts, numbers, bio)
        found, facets = found.among(convincing), (facets[0][convincing], facets[1][convincing])
        lost = contributions(self._scorer, mine, theirs, found)
        grounds: list[tuple[list[Ground], list[Ground]]] = [([], []) for _ in range(len(self._rows))]
        for pair, one, other, facet, facet_there, out, back in zip(
            found.pair.tolist(), numbers[found.mine].tolist(), numbers[found.theirs].tolist(),
            facets[0].tolist(), facets[1].tolist(), *lost.T.tolist(), strict=True,
        ):  # fmt: skip
            here, there = self._item(texts[one]), self._item(texts[other])
            if out > _ENOUGH:
                grounds[pair][0].append(Ground(FACETS[facet], FACETS[facet_there], here, there, out))
            if back > _ENOUGH:
                grounds[pair][1].append(Ground(FACETS[facet_there], FACETS[facet], there, here, back))
        unsaid = self._unsaid()
        return [
            (Grounds(tuple(of_mine), unsaid[0][pair]), Grounds(tuple(of_theirs), unsaid[1][pair]))
            for pair, (of_mine, of_theirs) in enumerate(grounds)
        ]

    def _shown(self, crowd: Crowd) -> tuple[list[str], NDArray[np.intp]]:
        """Return the distinct texts that their owners show, and which of them each item is, (m,); -1 for the rest."""
        import numpy as np

        from ..engine.crowd import FACETS

        known: dict[str, int] = {}
        numbers = np.full(len(crowd.items), -1, dtype=np.intp)
        starts, counts = crowd.starts.tolist(), crowd.counts.tolist()
        for row, profile in self._profiles.items():
            for place, facet in enumerate(FACETS):
                if facet not in profile.visible:
                    continue
                texts = scored_texts(profile, facet)
                if len(texts) != counts[row][place]:
                    raise ValueError(f"the vectors of facet {facet!r} are not those of the profile that is read")
                start = starts[row * len(FACETS) + place]
                numbers[start : start + len(texts)] = [known.setdefault(text, len(known)) for text in texts]
        return list(known), numbers

    def _convincing(
        self, found: Meetings, texts: Sequence[str], numbers: NDArray[np.intp], bio: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Return (c,): which meetings may be quoted. Asked once for each two texts."""
        import numpy as np

        one, other = numbers[found.mine], numbers[found.theirs]
        keys = (one * len(texts) + other) * 2 + bio
        _, first, place = np.unique(keys, return_index=True, return_inverse=True)
        answers = np.zeros(len(first), dtype=np.bool_)
        for number, (here, there, near, is_bio) in enumerate(
            zip(one[first].tolist(), other[first].tolist(), found.nearness[first].tolist(), bio[first].tolist(),
                strict=True)
        ):  # fmt: skip
            items = self._item(texts[here]), self._item(texts[there])
            answers[number] = bool(in_common(*items)) if is_bio else is_alike(*items, near)
        return answers[place.ravel()]

    def _unsaid(self) -> tuple[list[float], list[float]]:
        """Return how much of each directed score comes of items at all, quoted or not."""
        from ..engine.kinds import TERMS

        chosen = [TERMS.index(name) for name in _SAID_BY_ITEMS]
        mine, theirs = self._rows[:, 0], self._rows[:, 1]
        out = self._scorer.shares(mine, theirs)[:, chosen].sum(axis=1)
        back = self._scorer.shares(theirs, mine)[:, chosen].sum(axis=1)
        return out.tolist(), back.tolist()
