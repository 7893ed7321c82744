"""Judges lists: whom they reach and how fairly, how much changed, and whether they put the later yes before the no."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..domain.errors import ConfigurationError
from ..services.dataset import require_engine
from .attendees import People
from .engine import Engine
from .kinds import Kind
from .plain import plain_lists
from .recommendations import Listing
from .tables import Decision
from .watching import Phase, unwatched

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_PAIRS = 500_000
"""Pairs that are scored to find blocking ones; beyond, that many are drawn and the count is scaled up."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Lists as arrays over the same people in the same rows."""

    members: NDArray[np.intp]
    scores: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Blocking:
    """How many pairs would both rather have each other; ``exact`` unless they were estimated from a sample."""

    pairs: int
    exact: bool


def shape(people: People, listing: Listing) -> dict[str, Any]:
    """Return coverage, exposure and reciprocity of the lists of all who agreed to be suggested."""
    require_engine()
    from dataclasses import asdict

    from ..engine import evaluation

    members = _table(people, listing).members
    agreed = people.suggestible()
    shown = {person for ranked in listing.lists.values() for person, _ in ranked} | {
        owner for owner, ranked in listing.lists.items() if ranked
    }
    return {
        "people": len(agreed),
        "coverage": evaluation.coverage(members),
        "exposure": asdict(evaluation.exposure(members)),
        "mutual_pairs": evaluation.mutual_pairs(members),
        "reciprocity": evaluation.reciprocity(members),
        "without_consent": len(shown - agreed.keys()),
    }


def churn(people: People, before: Listing, after: Listing) -> float:
    """Return the share of what the old lists held that is gone from the new ones."""
    from ..engine import evaluation

    return evaluation.churn(_table(people, before).members, _table(people, after).members)


def blocking(engine: Engine, people: People, listing: Listing, kind: Kind, *, seed: int = 0) -> Blocking:
    """Count the pairs who are not on each other's lists, may be, and would both rather be, by the engine's own scores.

    ``kind`` is one that is the same from both sides. Lists under a floor and a cap have some: it is what letting everybody be seen costs.
    """
    import numpy as np

    from ..engine import evaluation

    table = _table(people, listing)
    count = len(table.members)
    every = count * (count - 1) // 2
    exact = every <= _MOST_PAIRS
    if exact:
        a, b = np.triu_indices(count, 1)
    else:
        drawn = np.sort(np.random.default_rng(seed).integers(0, count, (_MOST_PAIRS, 2)), axis=1)
        a, b = np.unique(drawn[drawn[:, 0] < drawn[:, 1]], axis=0).T
    place = np.array([engine.row_of[person] for person in people.suggestible()], dtype=np.intp)
    rows = np.stack([place[a], place[b]], axis=1)
    pair_scores = engine.score(kind, rows, under_rules=True)
    table = _Table(table.members, _own_scores(engine, kind, table.members, place))
    found = evaluation.blocking_pairs(table.members, table.scores, a, b, pair_scores)
    return Blocking(found if exact else round(found * every / max(len(a), 1)), exact)


def against_decisions(
    people: People, listing: Listing, decisions: Sequence[Decision], phase: Phase = unwatched
) -> dict[str, Any]:
    """Return AUC and NDCG@10 per person of the lists, and of lists of the same length by plain similarity of texts.

    Whoever is not on a list scores 0 there. Raises ``ConfigurationError`` when nobody has decided both ways.
    """
    import numpy as np

    from ..engine import evaluation

    place = {person: row for row, person in enumerate(people.suggestible())}
    used = [decision for decision in decisions if decision.a in place and decision.b in place]
    a = np.array([place[decision.a] for decision in used], dtype=np.intp)
    yes = np.array([decision.yes for decision in used], dtype=np.bool_)
    with phase("comparing with plain similarity", None):
        plain = plain_lists(people, listing.length())
    figures: dict[str, Any] = {"decisions": len(used)}
    taken: dict[str, Mapping[str, NDArray[np.float64]]] = {}
    for name, lists in (("lists", listing.lists), ("plain", plain)):
        known = {(owner, person): score for owner, ranked in lists.items() for person, score in ranked}
        scores = np.array([known.get((decision.a, decision.b), 0.0) for decision in used])
        auc, ndcg = evaluation.by_person(a, yes, scores)
        if not len(auc):
            raise ConfigurationError(
                "nobody in the decisions has said both yes and no: nothing can be compared"
            )
        taken[name] = {"auc": auc, "ndcg": ndcg}
        figures[name] = {key: _mean(values) for key, values in taken[name].items()}
        figures["persons"] = len(auc)
        figures[name]["listed"] = int((scores > 0).sum())
    figures["gain"] = {key: _mean(taken["lists"][key] - taken["plain"][key]) for key in ("auc", "ndcg")}
    return figures


def _table(people: People, listing: Listing) -> _Table:
    import numpy as np

    from ..engine.evaluation import NOBODY

    place = {person: row for row, person in enumerate(people.suggestible())}
    if not place:
        raise ConfigurationError(f"{people.file}: nobody in it agreed to be suggested (consent.matching)")
    members = np.full((len(place), max(listing.length(), 1)), NOBODY, dtype=np.intp)
    scores = np.zeros(members.shape)
    for owner, ranked in listing.lists.items():
        if owner in place:
            kept = [(place[person], score) for person, score in ranked if person in place]
            members[place[owner], : len(kept)] = [row for row, _ in kept]
            scores[place[owner], : len(kept)] = [score for _, score in kept]
    return _Table(members, scores)


def _own_scores(
    engine: Engine, kind: Kind, members: NDArray[np.intp], place: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the engine's scores of who is listed: a file may hold rounded ones."""
    import numpy as np

    from ..engine.evaluation import pairs_of

    owners, listed = pairs_of(members)
    scores = np.zeros(members.shape)
    scores[members >= 0] = engine.score(kind, np.stack([place[owners], place[listed]], axis=1))
    return scores


def _mean(values: NDArray[np.float64]) -> dict[str, float]:
    from ..engine.evaluation import interval

    low, high = interval(values)
    return {"mean": float(values.mean()) if len(values) else math.nan, "low": low, "high": high}
