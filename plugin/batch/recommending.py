"""Makes lists for everybody of a file who agreed to be suggested, each entry with its reasons in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..domain.errors import ConfigurationError
from ..domain.model import Attendee, HostEvent
from ..services.present import Presenter
from .attendees import People
from .engine import Engine
from .kinds import Kind
from .recommendations import Listing
from .tables import Decision
from .watching import Phase, unwatched

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..services.matching import Recommended

_HERE = "file"
"""Files know no installation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long lists are, and to how many others people are shown: at least ``floor``, at most ``cap``."""

    length: int = 10
    floor: int = 3
    cap: int = 30

    def __post_init__(self) -> None:
        if self.floor > self.cap:
            raise ConfigurationError(f"the floor ({self.floor}) is above the cap ({self.cap})")


def recommend(
    engine: Engine,
    kind: Kind,
    limits: Limits,
    *,
    decisions: Sequence[Decision] = (),
    previous: Listing | None = None,
    phase: Phase = unwatched,
) -> Recommended:
    """Make the lists. What was shown before stays unless something clearly better came; who said no is not asked again."""
    before = None if previous is None else _members(engine, previous)
    apart = [
        (one.a, one.b)
        for one in decisions
        if not one.yes and one.a in engine.row_of and one.b in engine.row_of
    ]
    with phase("making lists", None):
        return engine.matcher.recommend(
            kind, length=limits.length, floor=limits.floor, cap=limits.cap, previous=before,
            vetoes=engine.rows(apart),
        )  # fmt: skip


def exposure(made: Recommended, limits: Limits) -> dict[str, Any]:
    """Return how often people are shown, how many less than the floor, whom the floor lifted, and what that cost."""
    from dataclasses import asdict

    from ..engine import evaluation

    return {
        "exposure": asdict(evaluation.exposure(made.members)),
        "below_floor": int((evaluation.times_shown(made.members) < limits.floor).sum()),
        "lifted": made.lifted,
        "cost": made.cost,
    }


def churn(engine: Engine, before: Listing, made: Recommended) -> float:
    """Return the share of what the old lists held that is gone from the new ones."""
    from ..engine import evaluation

    return evaluation.churn(_members(engine, before), made.members)


def letters(
    engine: Engine,
    kind: Kind,
    people: People,
    made: Recommended,
    *,
    languages: Sequence[str] = (),
    phase: Phase = unwatched,
) -> Iterator[Mapping[str, Any]]:
    """Yield what each person gets, in the order of the file: id, language, and suggestions with reasons in words."""
    import numpy as np

    attendees = {
        person: Attendee(_HERE, _HERE, person, profile, registered=True)
        for person, profile in people.suggestible().items()
    }
    presenter = Presenter(HostEvent(_HERE, _HERE, languages=tuple(languages)), attendees)
    ids = engine.matcher.ids
    with phase("finding reasons", len(attendees)) as advance:
        for person in attendees:
            row = engine.row_of[person]
            listed = made.members[row][made.members[row] >= 0]
            pairs = np.stack([np.full(len(listed), row), listed], axis=1)
            shares = engine.matcher.shares(kind, pairs) if len(listed) else []
            scores = made.scores[row].tolist()
            suggestions = [
                presenter.item(
                    person, presenter.suggestion(person, ids[other], scores[place], shares[place]), place + 1
                )
                for place, other in enumerate(listed.tolist())
            ]
            for place, item in enumerate(suggestions):
                item["score"] = float(f"{scores[place]:.9g}")
            yield {"id": person, "language": presenter.language(person), "suggestions": suggestions}
            advance(1)


def _members(engine: Engine, previous: Listing) -> NDArray[np.intp]:
    """Return who was on whose list, (n, length), without those who are gone."""
    import numpy as np

    members = np.full((len(engine.row_of), max(previous.length(), 1)), -1, dtype=np.intp)
    for owner, ranked in previous.lists.items():
        if owner in engine.row_of:
            kept = [engine.row_of[person] for person, _ in ranked if person in engine.row_of]
            members[engine.row_of[owner], : len(kept)] = kept
    return members
