"""Asks the engine what speaks for pairs of people, and says it in their own words: which item met which.

The one place where places among a crowd's items become texts again. Only what its owner shows is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from ..domain.model import Attendee, Profile
from .bios import Bio, Common, in_common
from .likeness import LEAST, Item, is_alike
from .reasons import Ground, Grounds
from .vectors import scored_texts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..engine.evidence import Meetings
    from ..engine.scoring import Scorer

Pair = tuple[str, str]
"""Two people, by ref."""
FindGrounds = Callable[[Sequence[Pair], Mapping[str, Attendee]], Sequence[tuple[Grounds, Grounds]]]
"""Return what speaks for the second person to the first, and for the first to the second, of each pair. Everybody in
the pairs is among the attendees."""

_ENOUGH = 2e-3
"""What changes a score by less is no reason."""
_BIO = "bio"


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
    found = _Found(scorer, rows, profiles).grounds()
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
        self._bios: dict[int, Bio] = {}

    def _tells(self, mine: NDArray[np.intp], theirs: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return whether texts of both have something in common (k, 2), seen by the first and by the second."""
        import numpy as np

        from ..engine.kinds import TELLING, TERMS

        values, _ = self._scorer.terms(mine, theirs)
        need, offer, about = (
            values[:, TERMS.index(name)] >= TELLING for name in ("need_offer", "offer_need", "about")
        )
        return np.stack([need | about, offer | about], axis=1)

    def grounds(self) -> list[tuple[Grounds, Grounds]]:
        from ..engine.evidence import both_ways, contributions, meetings

        mine, theirs = self._rows[:, 0], self._rows[:, 1]
        texts, numbers = self._shown()
        found = meetings(self._scorer.crowd, mine, theirs, numbers >= 0, least=LEAST)
        found, commons = self._convincing(found, texts, numbers)
        lost = contributions(self._scorer, mine, theirs, found)
        scores = (both_ways(self._scorer, mine, theirs) * self._tells(mine, theirs)).tolist()
        grounds: list[tuple[list[Ground], list[Ground]]] = [([], []) for _ in scores]
        for pair, here, there, one, other, out, back in zip(
            found.pair.tolist(), *self._facets(found), numbers[found.mine].tolist(), numbers[found.theirs].tolist(),
            *lost.T.tolist(), strict=True,
        ):  # fmt: skip
            ours, others = self._item(texts[one]), self._item(texts[other])
            common = commons[pair] if here == there == _BIO else None
            if out > _ENOUGH:
                grounds[pair][0].append(Ground(here, there, ours, others, out, common))
            if back > _ENOUGH:
                turned = common and Common(common.how, common.theirs, common.mine)
                grounds[pair][1].append(Ground(there, here, others, ours, back, turned))
        return [
            (Grounds(of_mine, out), Grounds(of_theirs, back))
            for (of_mine, of_theirs), (out, back) in zip(grounds, scores, strict=True)
        ]

    def _facets(self, found: Meetings) -> tuple[list[str], list[str]]:
        """Return the facets of mine and of theirs that met."""
        import numpy as np

        from ..engine.crowd import FACETS
        from ..engine.lacking import facet_of

        names = np.array(FACETS, dtype=object)
        here, there = (
            names[facet_of(self._scorer.crowd, side)].tolist() for side in (found.mine, found.theirs)
        )
        return here, there

    def _shown(self) -> tuple[list[str], NDArray[np.intp]]:
        """Return the distinct texts that their owners show, and which of them each item is, (m,); -1 for the rest."""
        import numpy as np

        from ..engine.crowd import FACETS

        crowd = self._scorer.crowd
        known: dict[str, int] = {}
        numbers = np.full(len(crowd.items), -1, dtype=np.intp)
        starts, counts = crowd.starts.tolist(), crowd.counts.tolist()
        for row, profile in self._profiles.items():
            for place, facet in enumerate(FACETS):
                if facet not in profile.visible:
                    continue
                texts = scored_texts(profile, facet)
                if len(texts) != counts[row][place]:
                    raise ValueError(
                        f"the vectors of facet {facet!r} are not those of the profile that is read"
                    )
                start = starts[row * len(FACETS) + place]
                numbers[start : start + len(texts)] = [known.setdefault(text, len(known)) for text in texts]
        return list(known), numbers

    def _convincing(
        self, found: Meetings, texts: Sequence[str], numbers: NDArray[np.intp]
    ) -> tuple[Meetings, Mapping[int, Common]]:
        """Return the meetings that may be quoted, and what biographies have in common, by pair."""
        import numpy as np

        one, other = numbers[found.mine], numbers[found.theirs]
        # Once for each two texts: the same tags meet again and again.
        _, first, place = np.unique(one * len(texts) + other, return_index=True, return_inverse=True)
        told = zip(one[first].tolist(), other[first].tolist(), found.nearness[first].tolist(), strict=True)
        alike = np.fromiter(
            (is_alike(self._item(texts[here]), self._item(texts[there]), near) for here, there, near in told),
            dtype=np.bool_, count=len(first),
        )  # fmt: skip
        kept = alike[place.ravel()]
        is_bio = np.array([facet == _BIO for facet in self._facets(found)[0]], dtype=np.bool_)
        pairs = found.pair[is_bio].tolist()
        commons = {pair: in_common(*(self._bio(row) for row in self._rows[pair].tolist())) for pair in pairs}
        kept[is_bio] = [commons[pair] is not None for pair in pairs]
        return found.among(kept), {pair: common for pair, common in commons.items() if common}

    def _bio(self, row: int) -> Bio:
        if row not in self._bios:
            profile = self._profiles[row]
            names = [name for name in (profile.organisation, profile.title, profile.name) if name]
            self._bios[row] = Bio.of(profile.bio, names)
        return self._bios[row]
