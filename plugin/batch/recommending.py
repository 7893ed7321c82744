"""Makes lists for everybody of a file who agreed to be suggested, each entry with its reasons in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..domain.errors import ConfigurationError
from ..domain.model import Attendee, HostEvent
from ..services.features.ranking import KEPT, group
from ..services.grounds import find_grounds
from ..services.present import Presenter
from .attendees import People
from .engine import Engine
from .kinds import Kind
from .recommendations import Listing
from .scoring import propensities
from .tables import Decision
from .watching import Phase, unwatched

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..engine.allocation import Allocation, Effect
    from ..engine.scoring import Scorer

_HERE = "file"
"""Files know no installation."""
_AT_ONCE = 64
"""People whose reasons are found together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long lists are, and to how many others people are shown: at least ``floor``, at most ``cap``."""

    length: int = 10
    floor: int = 3
    cap: int = 30

    def __post_init__(self) -> None:
        if self.floor > self.cap:
            raise ConfigurationError(f"the floor ({self.floor}) is above the cap ({self.cap})")


@dataclass(frozen=True, slots=True)
class Made:
    """Final lists, by rows of the engine, and what the rules of exposure did to them."""

    lists: Allocation
    effect: Effect


def recommend(
    engine: Engine,
    kind: Kind,
    limits: Limits,
    *,
    decisions: Sequence[Decision] = (),
    previous: Listing | None = None,
    phase: Phase = unwatched,
) -> Made:
    """Make the lists. What was shown before stays unless something clearly better came.

    With ``decisions``, people are ranked by how likely a yes is; two of whom one said no, or both yes, are not listed
    for each other again.
    """
    from ..engine.allocation import Exposure, effect
    from ..engine.matching import recommend as made_of

    known = [one for one in decisions if one.a in engine.row_of and one.b in engine.row_of]
    scorer = engine.matcher.scorer(kind) if not known else _knowing(engine, kind, known)
    wishes = Exposure(
        length=limits.length, floor=limits.floor, cap=limits.cap, keep_bonus=KEPT if previous else 0.0
    )
    before = None if previous is None else _members(engine, previous, limits.length)
    who = group(engine.matcher.people, scorer)
    with phase("making lists", None):
        lists, ranked = made_of(scorer, wishes, who, previous=before)
        return Made(lists, effect(lists, ranked.candidates, wishes, who))


def exposure(made: Made, limits: Limits) -> dict[str, Any]:
    """Return how often people are shown, how many less than the floor, whom the floor lifted, and what that cost."""
    from dataclasses import asdict

    from ..engine import evaluation

    return {
        "exposure": asdict(evaluation.exposure(made.lists.members)),
        "floor": limits.floor,
        "cap": limits.cap,
        "below_floor": len(made.lists.short),
        "lifted": len(made.effect.lifted),
        "cost": made.effect.cost,
    }


def churn(engine: Engine, before: Listing, made: Made) -> float:
    """Return the share of what the old lists held that is gone from the new ones."""
    from ..engine import evaluation

    return evaluation.churn(_members(engine, before, before.length()), made.lists.members)


def letters(
    engine: Engine,
    kind: Kind,
    people: People,
    made: Made,
    *,
    languages: Sequence[str] = (),
    phase: Phase = unwatched,
) -> Iterator[Mapping[str, Any]]:
    """Yield what each person gets, in the order of the file: id, language, and suggestions with reasons in words."""
    attendees = {
        person: Attendee(_HERE, _HERE, person, profile, registered=True)
        for person, profile in people.suggestible().items()
    }
    presenter = Presenter(HostEvent(_HERE, _HERE, languages=tuple(languages)), attendees)
    scorer = engine.matcher.scorer(kind)
    ids, owners = engine.matcher.ids, list(attendees)
    with phase("finding reasons", len(owners)) as advance:
        for start in range(0, len(owners), _AT_ONCE):
            part = owners[start : start + _AT_ONCE]
            listed = [
                (person, ids[other], score)
                for person in part
                for other, score in _ranked(made.lists, engine.row_of[person])
            ]
            grounds = find_grounds(
                engine.row_of, scorer, [(person, other) for person, other, _ in listed], attendees
            )
            items: dict[str, list[dict[str, Any]]] = {person: [] for person in part}
            for (person, other, score), ground in zip(listed, grounds, strict=True):
                found = presenter.suggestion(person, other, score, ground)
                item = presenter.item(person, found, len(items[person]) + 1)
                items[person].append({**item, "score": float(f"{score:.9g}")})
            for person in part:
                yield {"id": person, "language": presenter.language(person), "suggestions": items[person]}
            advance(len(part))


def _ranked(lists: Allocation, row: int) -> Sequence[tuple[int, float]]:
    """Return the rows and scores on one list, best first."""
    both = zip(lists.members[row].tolist(), lists.scores[row].tolist(), strict=True)
    return [(other, score) for other, score in both if other >= 0]


def _knowing(engine: Engine, kind: Kind, decisions: Sequence[Decision]) -> Scorer:
    """Return the scorer that knows these answers."""
    import numpy as np

    from ..engine.answers import AnswerScorer

    learnt = propensities(engine, kind, decisions)
    crowd = engine.matcher.crowd
    said = {(one.a, one.b): one.yes for one in decisions}
    settled = [pair for pair, yes in said.items() if not yes or said.get(pair[::-1])]
    apart = replace(crowd, vetoes=np.concatenate([crowd.vetoes, engine.rows(settled)]))
    plain = engine.matcher.scorer(kind)
    return AnswerScorer(plain.of(apart, plain.view), learnt)


def _members(engine: Engine, previous: Listing, length: int) -> NDArray[np.int32]:
    """Return who was on whose list, (n, length), without those who are gone."""
    import numpy as np

    members = np.full((len(engine.row_of), max(length, 1)), -1, dtype=np.int32)
    for owner, ranked in previous.lists.items():
        if owner in engine.row_of:
            kept = [engine.row_of[person] for person, _ in ranked if person in engine.row_of][:length]
            members[engine.row_of[owner], : len(kept)] = kept
    return members
