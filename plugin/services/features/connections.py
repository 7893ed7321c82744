"""Suggested connections: whom to meet, ranked, and whom of those who are here now.

Lists of the last pass are patched for the people who changed; the sentences of pairs that did not change are taken
over from what their recipients hold. Both give what a full pass would.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import orjson
from pluggy import PluginManager

from ...domain.model import HostEvent
from ..dataset import Dataset, Vectors, require_engine
from ..ports import RosterRow, UnitOfWork
from ..reasons import Shares
from .adjusting import adjusted, implementers
from .computation import Computation
from .letters import Letters, Pair, Wanted
from .shares import shared_out
from ..state import pack, unpack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...engine.lists import Lists, ScoreRows
    from ...engine.scoring import Scorer

VERSION = 1
"""Raise it whenever the same people would get other lists or other sentences."""
_SETTINGS = (
    "connections.list_length", "connections.here_now", "connections.here_now_length",
    "connections.same_organisation",
)  # fmt: skip
_COLLEAGUES = 0.5
"""What a score within one organisation is worth where the organiser would rather mix."""


class Connections:
    """The feature; see ``FeatureComputation``."""

    key: Literal["connections"] = "connections"

    def fingerprint(self, settings: Mapping[str, Any]) -> str:
        chosen = orjson.dumps([settings[name] for name in _SETTINGS])
        return f"connections-{VERSION}-{hashlib.blake2b(chosen, digest_size=8).hexdigest()}"

    def compute(
        self,
        uow: UnitOfWork,
        host_event: HostEvent,
        roster: Sequence[RosterRow],
        settings: Mapping[str, Any],
        previous: tuple[int, str, bytes] | None,
        plugins: PluginManager,
    ) -> Computation | None:
        require_engine()
        usable = previous is not None and previous[1] == self.fingerprint(settings)
        return _Pass(uow, host_event, roster, settings, plugins).run(previous if usable else None)


@dataclass(frozen=True, slots=True)
class _Before:
    """What the last pass left: its version, both kinds of lists, and the pairs that were kept apart (ids)."""

    version: int
    lists: Lists
    here: Lists
    vetoes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Ranking:
    """Both kinds of lists; who of the people gets another letter; whose own data changed."""

    lists: Lists
    here: Lists
    touched: NDArray[np.bool_]
    stale: NDArray[np.bool_]


class _Pass:
    """One pass over one host event."""

    def __init__(
        self,
        uow: UnitOfWork,
        host_event: HostEvent,
        roster: Sequence[RosterRow],
        settings: Mapping[str, Any],
        plugins: PluginManager,
    ) -> None:
        self._uow = uow
        self._host_event = host_event
        self._roster = roster
        self._settings = settings
        self._plugins = plugins
        self._vectors = Vectors(uow, host_event, plugins)
        feedback = uow.feedback.of_host_event(host_event.installation_id, host_event.ref)
        self._people = Dataset((person for person in roster if person.matching), feedback)
        self._tells_who_is_here = bool(settings["connections.here_now"])
        self._is_here = self._people.flags(
            lambda person: self._tells_who_is_here and person.here and person.mode != "remote"
        )
        self._facts = {
            "encoder": self._vectors.encoder,
            "languages": list(host_event.languages),
            "adjusted_by": implementers(plugins, "entremise_adjust_scores"),
            "reviewed_by": implementers(plugins, "entremise_review_suggestions"),
        }
        self._scorer: tuple[Dataset, Scorer] | None = None

    def run(self, previous: tuple[int, str, bytes] | None) -> Computation | None:
        before = self._read(previous)
        if before is None:
            return self._computation(self._ranked(), None)
        stale = self._stale(before)
        if not self._differs(before, stale):
            return None
        return self._computation(self._patched(before, stale), before)

    def _read(self, previous: tuple[int, str, bytes] | None) -> _Before | None:
        """Return the last pass, unless something that concerns everybody is different now."""
        from ...engine.lists import Lists

        # A stranger's adjustment is applied to everybody at once, so with one each pass is a full one.
        if previous is None or self._facts["adjusted_by"]:
            return None
        facts, arrays = unpack(previous[2])
        if facts != self._facts:
            return None
        return _Before(
            version=previous[0],
            lists=Lists(arrays["owners"], arrays["members"], arrays["scores"]),
            here=Lists(arrays["here_owners"], arrays["here_members"], arrays["here_scores"]),
            vetoes=arrays["vetoes"],
        )

    def _stale(self, before: _Before) -> NDArray[np.bool_]:
        """Return whose scores with others, or words about them, may differ from the last pass."""
        import numpy as np

        stale = self._people.flags(lambda person: person.profile_version > before.version)
        stale |= np.isin(self._people.ids, before.lists.owners, invert=True)
        was, now = (set(map(tuple, pairs.tolist())) for pairs in (before.vetoes, self._people.vetoed_ids()))
        apart = np.array([one for pair in was ^ now for one in pair], dtype=np.int64)
        return stale | np.isin(self._people.ids, apart)

    def _differs(self, before: _Before, stale: NDArray[np.bool_]) -> bool:
        import numpy as np

        ids = self._people.ids
        same = np.array_equal(ids, before.lists.owners) and np.array_equal(
            ids[self._is_here], before.here.owners
        )
        return not same or bool(stale.any())

    def _ranked(self) -> _Ranking:
        import numpy as np

        from ...engine.lists import make

        everybody = np.ones(len(self._people), dtype=np.bool_)
        score = adjusted(
            self._plugins, self._host_event, "connections", self._people, self._score(self._people).reciprocal
        )
        lists = make(self._people.ids, score, self._settings["connections.list_length"])
        here = make(
            self._people.ids[self._is_here],
            _inside(score, self._is_here),
            self._settings["connections.here_now_length"],
        )
        return _Ranking(lists, here, everybody, everybody)

    def _patched(self, before: _Before, stale: NDArray[np.bool_]) -> _Ranking:
        import numpy as np

        from ...engine.lists import differing, patch

        people, is_here = self._people, self._is_here
        lists = before.lists
        if stale.any() or not np.array_equal(people.ids, before.lists.owners):
            score = self._score(people).reciprocal
            lists = patch(before.lists, people.ids, stale, score)
            score_here = _inside(score, is_here)
        else:
            score_here = self._score(people.among(is_here)).reciprocal
        here = patch(before.here, people.ids[is_here], stale[is_here], score_here)
        touched = stale | differing(before.lists, lists)
        touched |= np.isin(people.ids, before.here.owners) != is_here
        touched[is_here] |= differing(before.here, here)
        changed = people.ids[stale]
        touched |= np.isin(lists.members, changed).any(axis=1)
        touched[is_here] |= np.isin(here.members, changed).any(axis=1)
        return _Ranking(lists, here, touched, stale)

    def _computation(self, ranking: _Ranking, before: _Before | None) -> Computation:
        people = self._people
        wanted = self._wanted(ranking)
        changed = {
            person.ref for person, stale in zip(people.people, ranking.stale.tolist(), strict=True) if stale
        }
        letters = Letters(self._uow, self._host_event, "connections", self._plugins, self._share_out)
        payloads: dict[str, dict[str, Any] | None] = {}
        mentions: dict[str, tuple[str, ...]] = {}
        if before is not None:
            payloads.update(dict.fromkeys(self._departed(before)))
        for recipient, letter in letters.write(wanted, keep=before is not None, changed=changed).items():
            mentions[recipient] = letter.mentions
            payloads[recipient] = {"language": letter.language, **letter.lists} if letter.mentions else None
        arrays: dict[str, NDArray[Any]] = {
            "owners": ranking.lists.owners, "members": ranking.lists.members, "scores": ranking.lists.scores,
            "here_owners": ranking.here.owners, "here_members": ranking.here.members,
            "here_scores": ranking.here.scores, "vetoes": people.vetoed_ids(),
        }  # fmt: skip
        return Computation(
            payloads=payloads,
            mentions=mentions,
            state=pack(self._facts, arrays),
            full=before is None,
            encoder=self._vectors.encoder,
            vectors=self._vectors.fresh,
        )

    def _wanted(self, ranking: _Ranking) -> Wanted:
        import numpy as np

        ref_of = {person.id: person.ref for person in self._people.people}
        here_row = np.cumsum(self._is_here) - 1
        wanted = {}
        for row in np.flatnonzero(ranking.touched).tolist():
            lists = {"suggestions": _named(ranking.lists, row, ref_of)}
            if self._is_here[row]:
                lists["here_now"] = _named(ranking.here, here_row[row], ref_of)
            wanted[self._people.people[row].ref] = lists
        return wanted

    def _departed(self, before: _Before) -> Sequence[str]:
        """Return who had a list and is in the roster but not among the people any more."""
        had = set(before.lists.owners.tolist())
        return [person.ref for person in self._roster if not person.matching and person.id in had]

    def _score(self, people: Dataset) -> Scorer:
        from ...engine.scoring import CONNECTING, Scorer

        avoid = self._settings["connections.same_organisation"] == "avoid"
        scorer = Scorer(
            people.crowd(self._vectors.of(people.people)),
            CONNECTING,
            colleagues=_COLLEAGUES if avoid else 1.0,
        )
        self._scorer = people, scorer
        return scorer

    def _share_out(self, pairs: Sequence[Pair]) -> Sequence[tuple[Shares, Shares]]:
        if not pairs:
            return []
        people, scorer = self._scorer or (self._people.among(self._is_here), None)
        if scorer is None or any(ref not in people.row_of for pair in pairs for ref in pair):
            people, scorer = self._people, self._score(self._people)
        return shared_out(people, scorer, pairs)


def _inside(score: ScoreRows, kept: NDArray[np.bool_]) -> ScoreRows:
    """Return the scores of some of the people among themselves."""
    import numpy as np

    place = np.flatnonzero(kept)
    return lambda rows: score(place[rows])[:, kept]


def _named(lists: Lists, row: int, ref_of: Mapping[int, str]) -> list[tuple[str, float]]:
    members, scores = lists.members[row].tolist(), lists.scores[row].tolist()
    return [(ref_of[member], score) for member, score in zip(members, scores, strict=True) if member >= 0]
