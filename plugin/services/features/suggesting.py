"""Features that suggest people to each attendee in a ranked list: connections, peers and experts.

The last pass is patched for the people who changed; the sentences of pairs that did not change are taken over from
what their recipients hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from ...domain.model import Attendee
from ...domain.suggestions import Feature
from ..dataset import Dataset, require_engine
from ..grounds import Pair, find_grounds
from ..reasons import Grounds
from ..state import pack, unpack
from .adjusting import adjusted
from .computation import Computation, Occasion
from .here import HereNow
from .letters import Letters, Wanted
from .ranking import KEPT, Ranked, Ranking
from .scored import scorer_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...engine.exposure import Exposure
    from ...engine.kinds import Kind
    from ...engine.lists import Lists
    from ...engine.scoring import Scorer

VERSION = 2
"""Raise it whenever the same people would get other lists or other sentences."""
_NEWCOMERS_MORE = 2
"""How many more lists than others newcomers are shown in at least."""


@dataclass(frozen=True, slots=True)
class Suggesting:
    """One such feature; see ``FeatureComputation``. ``settings`` name what of the manifest its results depend on."""

    key: Feature
    kind: Kind
    settings: Sequence[str]

    def fingerprint(self, settings: Mapping[str, Any]) -> str:
        chosen = orjson.dumps([settings[f"{self.key}.{name}"] for name in self.settings])
        return f"{self.key}-{VERSION}-{hashlib.blake2b(chosen, digest_size=8).hexdigest()}"

    def compute(self, occasion: Occasion, previous: tuple[int, bytes] | None) -> Computation | None:
        require_engine()
        settings = {name: occasion.settings[f"{self.key}.{name}"] for name in self.settings}
        return _Pass(self.key, self.kind, settings, occasion).run(previous)


@dataclass(frozen=True, slots=True)
class _Before:
    """What the last pass left: its version, what it ranked and who was here, and the pairs that were kept apart (ids)."""

    version: int
    ranked: Ranked
    here: Lists | None
    vetoes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What this pass ranked; who of the people gets another letter; whose own data changed."""

    ranked: Ranked
    here: Lists | None
    touched: NDArray[np.bool_]
    stale: NDArray[np.bool_]


class _Pass:
    """One pass of one feature over one host event."""

    def __init__(self, key: Feature, kind: Kind, settings: Mapping[str, Any], occasion: Occasion) -> None:
        self._key: Feature = key
        self._kind: Kind = kind
        self._settings = settings
        self._occasion = occasion
        self._people = Dataset((person for person in occasion.roster if person.matching), occasion.feedback)
        self._facts = occasion.facts()
        self._here = HereNow.of(self._people, settings)
        self._scored: tuple[Dataset, Scorer] | None = None

    def run(self, previous: tuple[int, bytes] | None) -> Computation | None:
        before = self._read(previous)
        if before is None:
            return self._computation(self._ranked(None if previous is None else _shown(previous)), None)
        stale = self._stale(before)
        if not self._differs(before, stale):
            return None
        return self._computation(self._patched(before, stale), before)

    def _read(self, previous: tuple[int, bytes] | None) -> _Before | None:
        """Return the last pass, unless something that concerns everybody is different now."""
        from ...engine.lists import Lists

        # A stranger's adjustment is applied to everybody at once, so with one each pass is a full one.
        if previous is None or self._facts["adjusted_by"]:
            return None
        facts, arrays = unpack(previous[1])
        if facts != self._facts:
            return None
        here = None
        if self._here is not None:
            here = Lists(arrays["here_owners"], arrays["here_members"], arrays["here_scores"])
        return _Before(previous[0], Ranked.read(arrays), here, arrays["vetoes"])

    def _stale(self, before: _Before) -> NDArray[np.bool_]:
        """Return whose scores with others, or words about them, may differ from the last pass."""
        import numpy as np

        stale = self._people.flags(lambda person: person.profile_version > before.version)
        stale |= np.isin(self._people.ids, before.ranked.wide.owners, invert=True)
        was, now = (set(map(tuple, pairs.tolist())) for pairs in (before.vetoes, self._people.vetoed_ids()))
        apart = np.array([one for pair in was ^ now for one in pair], dtype=np.int64)
        return stale | np.isin(self._people.ids, apart)

    def _differs(self, before: _Before, stale: NDArray[np.bool_]) -> bool:
        import numpy as np

        same = np.array_equal(self._people.ids, before.ranked.wide.owners)
        if self._here is not None and before.here is not None:
            same &= np.array_equal(self._here.ids, before.here.owners)
        return not same or bool(stale.any())

    @cached_property
    def _scorer(self) -> Scorer:
        return self._score(self._people)

    def _score(self, people: Dataset) -> Scorer:
        scorer = scorer_of(self._kind, self._settings, self._occasion, people)
        self._scored = people, scorer
        return scorer

    def _ranking(self) -> Ranking:
        if not self._facts["adjusted_by"]:
            return Ranking(self._people, self._scorer, self._wishes())
        score, worth = adjusted(self._occasion, self._key, self._people, self._scorer)
        return Ranking(self._people, self._scorer, self._wishes(), score=score, worth=worth)

    def _wishes(self) -> Exposure:
        from ...engine.exposure import Exposure

        cap = self._settings["cap"]
        floor = min(self._settings["floor"], cap)
        return Exposure(
            length=self._settings["list_length"],
            floor=floor,
            cap=cap,
            newcomer_floor=min(floor + _NEWCOMERS_MORE, cap) if floor else 0,
            per_organisation=self._settings.get("per_organisation", 0),
            keep_bonus=KEPT,
        )

    def _ranked(self, shown: Lists | None) -> _Outcome:
        import numpy as np

        everybody = np.ones(len(self._people), dtype=np.bool_)
        ranking = self._ranking()
        here = None if self._here is None else self._here.ranked(ranking.score)
        return _Outcome(ranking.full(shown), here, everybody, everybody)

    def _patched(self, before: _Before, stale: NDArray[np.bool_]) -> _Outcome:
        import numpy as np

        from ...engine.lists import differing

        people, ranked = self._people, before.ranked
        touched = stale.copy()
        if stale.any() or not np.array_equal(people.ids, before.ranked.wide.owners):
            ranked = self._ranking().patched(before.ranked, stale)
            touched |= differing(before.ranked.lists, ranked.lists)
        touched |= np.isin(ranked.lists.members, people.ids[stale]).any(axis=1)
        here = None
        if self._here is not None and before.here is not None:
            if "_scorer" in self.__dict__:
                here = self._here.patched(before.here, stale, self._scorer.scores)
            else:  # Somebody came in or left: only those who are here need to be scored.
                here = self._here.patched_alone(before.here, self._score)
            touched |= self._here.touched(before.here, here, people.ids[stale])
        return _Outcome(ranked, here, touched, stale)

    def _computation(self, outcome: _Outcome, before: _Before | None) -> Computation:
        people, occasion = self._people, self._occasion
        changed = {
            person.ref for person, stale in zip(people.people, outcome.stale.tolist(), strict=True) if stale
        }
        letters = Letters(
            occasion.uow,
            occasion.host_event,
            self._key,
            occasion.plugins,
            self._find_grounds,
        )
        payloads: dict[str, dict[str, Any] | None] = {}
        mentions: dict[str, tuple[str, ...]] = {}
        if before is not None:
            payloads.update(dict.fromkeys(self._departed(before)))
        written = letters.write(self._wanted(outcome), keep=before is not None, changed=changed)
        for recipient, letter in written.items():
            mentions[recipient] = letter.mentions
            payloads[recipient] = {"language": letter.language, **letter.lists} if letter.mentions else None
        arrays = {**outcome.ranked.arrays(), "vetoes": people.vetoed_ids()}
        if outcome.here is not None:
            here = outcome.here
            arrays |= {"here_owners": here.owners, "here_members": here.members, "here_scores": here.scores}
        return Computation(
            payloads=payloads, mentions=mentions, state=pack(self._facts, arrays), full=before is None
        )

    def _find_grounds(
        self, pairs: Sequence[Pair], attendees: Mapping[str, Attendee]
    ) -> Sequence[tuple[Grounds, Grounds]]:
        if not pairs:
            return []
        # Where nobody had to be ranked anew, those who are here have been scored, and nobody else is needed.
        people, scorer = self._scored or (self._people, self._scorer)
        if any(ref not in people.row_of for pair in pairs for ref in pair):
            people, scorer = self._people, self._scorer
        return find_grounds(people.row_of, scorer, pairs, attendees)

    def _wanted(self, outcome: _Outcome) -> Wanted:
        import numpy as np

        ref_of = {person.id: person.ref for person in self._people.people}
        wanted = {}
        for row in np.flatnonzero(outcome.touched).tolist():
            lists = {"suggestions": named(outcome.ranked.lists, row, ref_of)}
            if self._here is not None and outcome.here is not None and self._here.flags[row]:
                lists["here_now"] = named(outcome.here, self._here.place[row], ref_of)
            wanted[self._people.people[row].ref] = lists
        return wanted

    def _departed(self, before: _Before) -> Sequence[str]:
        """Return who had a list and is in the roster but not among the people any more."""
        had = set(before.ranked.wide.owners.tolist())
        return [person.ref for person in self._occasion.roster if not person.matching and person.id in had]


def _shown(previous: tuple[int, bytes]) -> Lists:
    """Return what people were shown last, even if everything has to be ranked anew."""
    return Ranked.read(unpack(previous[1])[1]).lists


def named(lists: Lists, row: int, ref_of: Mapping[int, str]) -> list[tuple[str, float]]:
    """Return one list as refs with scores, best first."""
    members, scores = lists.members[row].tolist(), lists.scores[row].tolist()
    return [(ref_of[member], score) for member, score in zip(members, scores, strict=True) if member >= 0]
