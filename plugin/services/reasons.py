"""Why two people should meet: of all that speaks for it, what is said, in which order, and under which name.

A reason quotes what stands in both profiles, in facets that their owners made visible, and without which the score
would be lower. What may not be quoted is not named either: then the two "have common ground", and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..domain.model import Profile
from ..domain.suggestions import Reason
from ..engine.words import fold
from .bios import Common
from .likeness import Item, is_same

MOST_REASONS = 3
_MOST_OF_A_CODE = 2


class Ground(NamedTuple):
    """An item of my facet ``facet`` that met one of their facet ``other``; both visible.

    ``contribution`` is by how much what they are worth to me would be less without the two; ``common`` is what two
    biographies have in common.
    """

    facet: str
    other: str
    mine: Item
    theirs: Item
    contribution: float
    common: Common | None = None


@dataclass(frozen=True, slots=True)
class Grounds:
    """All that speaks for a person to another one and may be quoted. ``score`` is what they are worth
    altogether, 0 where nothing that they wrote meets.
    """

    found: Sequence[Ground] = ()
    score: float = 0.0


def reasons(mine: Profile, theirs: Profile, grounds: Grounds, *, seeking: bool = False) -> tuple[Reason, ...]:
    """Return what ``theirs`` has for ``mine``, the weightiest first; ``()`` only where nothing at all can be said.

    ``seeking``: I look for a mentor, so somebody further along is a reason in itself.
    """
    found = _chosen(grounds.found)
    if seeking and (ahead := _ahead(mine, theirs)):
        found.insert(MOST_REASONS - 1, ahead)
    if _first_time(mine) and _first_time(theirs):
        found.append(Reason("first_time"))
    return tuple(found[:MOST_REASONS] or _last_resort(mine, theirs, grounds))


def _chosen(found: Sequence[Ground]) -> list[Reason]:
    """Return the weightiest reasons of which no two say the same; of those that would, the one that says it best."""
    named = [(reason, ground) for ground in found if (reason := _named(ground))]
    named.sort(key=lambda one: (-one[0].contribution * _CLARITY.get(one[0].code, 1.0), *_place(one[1])))
    chosen: list[Reason] = []
    said: set[str] = set()
    for reason, ground in named:
        if sum(reason.code == other.code for other in chosen) == _MOST_OF_A_CODE:
            continue
        told = {ground.mine.key, ground.theirs.key} | ground.mine.shared(ground.theirs)
        if said.isdisjoint(told):
            chosen.append(reason)
            said |= told
        if len(chosen) == MOST_REASONS:
            break
    return sorted(chosen, key=lambda reason: -reason.contribution)


def _place(ground: Ground) -> tuple[str, ...]:
    return ground.facet, ground.other, ground.mine.text, ground.theirs.text


def _named(ground: Ground) -> Reason | None:
    """Return the reason that this ground makes, if it makes any."""
    if ground.common is not None:
        said = "same_words" if ground.common.how == "run" else "same_topic"
        return Reason(said, ground.common.mine, ground.common.theirs, ground.contribution, ground.facet)
    codes = _CODES.get((ground.facet, ground.other))
    code = codes and codes[0 if is_same(ground.mine, ground.theirs) else 1]
    if not code:
        return None
    return Reason(code, ground.mine.text, ground.theirs.text, ground.contribution, ground.facet)


def _ahead(mine: Profile, theirs: Profile) -> Reason | None:
    if any("seniority" not in one.visible or one.seniority is None for one in (mine, theirs)):
        return None
    assert mine.seniority is not None
    assert theirs.seniority is not None
    if theirs.seniority <= mine.seniority:
        return None
    return Reason("more_senior", str(mine.seniority), str(theirs.seniority), facet="seniority")


def _first_time(profile: Profile) -> bool:
    return profile.first_time is True and "first_time" in profile.visible


def _last_resort(mine: Profile, theirs: Profile, grounds: Grounds) -> list[Reason]:
    if grounds.score > 0:
        # Something that is not shown, or that would not read well, met something: true, and it quotes nothing.
        return [Reason("common_ground", contribution=grounds.score)]
    if any("languages" not in one.visible for one in (mine, theirs)):
        return []
    spoken = {_primary(tag): tag for tag in theirs.languages}
    common = [tag for tag in mine.languages if _primary(tag) in spoken]
    return [Reason("language", common[0], spoken[_primary(common[0])], facet="languages")] if common else []


def _primary(tag: str) -> str:
    return fold(tag).partition("-")[0]


_CODES: dict[tuple[str, str], tuple[str | None, str | None]] = {
    ("needs", "offers"): ("need_offered", "need_offer"),
    ("challenges", "offers"): ("challenge_offer", "challenge_offer"),
    ("goals", "offers"): ("goal_offer", "goal_offer"),
    ("challenges", "challenges"): ("same_challenge", "near_challenge"),
    ("goals", "goals"): ("same_goal", "near_goal"),
    ("interests", "interests"): ("same_interest", "near_interest"),
    ("challenges", "goals"): ("related", "related"),
    ("goals", "challenges"): ("related", "related"),
    ("interests", "challenges"): ("related", "related"),
    ("challenges", "interests"): ("related", "related"),
    ("interests", "goals"): ("related", "related"),
    ("goals", "interests"): ("related", "related"),
    ("sector", "sector"): ("same_sector", None),
}
"""What a reason is called where the two items are the same, and where they are near; ``None``: not a reason."""

_CLARITY = {
    "need_offered": 1.5, "need_offer": 1.5, "same_challenge": 1.2, "near_challenge": 1.1, "near_goal": 0.9,
    "challenge_offer": 0.9, "goal_offer": 0.9, "same_interest": 0.8, "near_interest": 0.7, "related": 0.5,
    "same_words": 0.5, "same_topic": 0.5,
}  # fmt: skip
"""Of two reasons that say the same, the one that says more plainly what to gain is told, unless the other contributes
that much more."""
