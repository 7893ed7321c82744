"""Why two people should meet, found in what both let others read, word against word.

A reason is only ever made of words that stand in both profiles (or of a need and an offer that share them), in
facets that their owners made visible. Take the words away and the reason is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..domain.model import FACETS, Profile
from ..domain.suggestions import Reason
from ..engine.words import fold, is_telling, spelled_stems

Shares = Mapping[str, float]
"""Each facet's part of the directed score, by the facet of the person for whom the reason is given."""

MOST_REASONS = 3
_NEAR = 0.5
"""Two items are near when at least this part of their telling words is shared (Dice) ..."""
_COVERED = 0.75
"""... or this part of the shorter one's: a tag that stands in a sentence."""
_BIO_WORDS = 2
"""This many telling words must stand in both biographies ..."""
_BIO_WORD = 6
"""... of at least this many letters."""


@dataclass(frozen=True, slots=True)
class Item:
    """One tag or sentence: as written, as compared, and its telling words by stem, as spelled."""

    text: str
    key: str
    words: Mapping[str, str]

    @classmethod
    def of(cls, text: str) -> Item:
        telling = {stem: word for stem, word in spelled_stems(text).items() if is_telling(stem)}
        return cls(text, " ".join(fold(text).split()), telling)


@dataclass(frozen=True, slots=True)
class Readable:
    """What of a profile others may read, ready to be compared."""

    items: Mapping[str, Sequence[Item]]
    stems: Mapping[str, frozenset[str]]
    sector: str
    seniority: int | None
    first_time: bool
    languages: tuple[str, ...]

    @classmethod
    def of(cls, profile: Profile, item: Callable[[str], Item] = Item.of) -> Readable:
        """``item`` may remember what it made: the same tags come up in many profiles."""
        shown = frozenset(profile.visible)
        items = {
            facet: [item(text) for text in profile.texts(facet) if text.strip()]
            for facet in FACETS
            if facet in shown
        }
        return cls(
            items=items,
            stems={
                facet: frozenset(stem for one in of_facet for stem in one.words)
                for facet, of_facet in items.items()
            },
            sector=(profile.sector or "") if "sector" in shown else "",
            seniority=profile.seniority if "seniority" in shown else None,
            first_time="first_time" in shown and profile.first_time is True,
            languages=profile.languages if "languages" in shown else (),
        )


def reasons(mine: Readable, theirs: Readable, shares: Shares, *, seeking: bool = False) -> tuple[Reason, ...]:
    """Return what ``theirs`` has for ``mine``, the weightiest first; ``()`` only where nothing at all can be said.

    ``seeking``: I look for a mentor, so somebody further along is a reason in itself.
    """
    found = [
        reason
        for facet, other, codes in _MEETINGS
        if (reason := _meeting(mine, theirs, facet, other, codes, shares))
    ]
    if words := _bio_words(mine, theirs):
        found.append(Reason("same_words", *words, shares.get("bio", 0.0)))
    if mine.sector and fold(mine.sector).split() == fold(theirs.sector).split():
        found.append(Reason("same_sector", mine.sector, theirs.sector, shares.get("sector", 0.0)))
    found.sort(key=lambda reason: -reason.weight)
    if seeking and (ahead := _ahead(mine, theirs)):
        found.insert(MOST_REASONS - 1, ahead)
    if mine.first_time and theirs.first_time:
        found.append(Reason("first_time"))
    return tuple(found[:MOST_REASONS] or _last_resort(mine, theirs, shares))


def _meeting(
    mine: Readable, theirs: Readable, facet: str, other: str, codes: tuple[str, str], shares: Shares
) -> Reason | None:
    ours, others = mine.items.get(facet), theirs.items.get(other)
    if not ours or not others:
        return None
    keys = {item.key: item for item in others}
    for item in ours:
        if item.key in keys:
            return Reason(codes[0], item.text, keys[item.key].text, shares.get(facet, 0.0))
    common = mine.stems[facet] & theirs.stems[other]
    if not common:
        return None
    best, pair = 0.0, None
    for one in ours:
        if common.isdisjoint(one.words):
            continue
        for two in others:
            nearness = _nearness(one, two)
            if nearness > best:
                best, pair = nearness, (one, two)
    return Reason(codes[1], pair[0].text, pair[1].text, shares.get(facet, 0.0)) if pair else None


def _nearness(one: Item, two: Item) -> float:
    shared = len(one.words.keys() & two.words.keys())
    if not shared:
        return 0.0
    dice = 2 * shared / (len(one.words) + len(two.words))
    covered = shared / min(len(one.words), len(two.words))
    return dice if dice >= _NEAR or covered >= _COVERED else 0.0


def _bio_words(mine: Readable, theirs: Readable) -> tuple[str, str] | None:
    if not mine.items.get("bio") or not theirs.items.get("bio"):
        return None
    spelled, read = mine.items["bio"][0].words, theirs.items["bio"][0].words
    both = [stem for stem in spelled if stem in read and len(stem) >= _BIO_WORD]
    if len(both) < _BIO_WORDS:
        return None
    chosen = sorted(sorted(both, key=lambda stem: (-len(stem), stem))[:3])
    return ", ".join(spelled[stem] for stem in chosen), ", ".join(read[stem] for stem in chosen)


def _ahead(mine: Readable, theirs: Readable) -> Reason | None:
    if mine.seniority is None or theirs.seniority is None or theirs.seniority <= mine.seniority:
        return None
    return Reason("more_senior", str(mine.seniority), str(theirs.seniority))


def _last_resort(mine: Readable, theirs: Readable, shares: Shares) -> list[Reason]:
    if sum(shares.values()) > 0:
        # Something hidden met something: true, and it quotes nothing.
        return [Reason("common_ground", weight=sum(shares.values()))]
    spoken = {tag.partition("-")[0].lower(): tag for tag in theirs.languages}
    common = [tag for tag in mine.languages if tag.partition("-")[0].lower() in spoken]
    return [Reason("language", common[0], spoken[common[0].partition("-")[0].lower()])] if common else []


_MEETINGS = (
    ("needs", "offers", ("need_offer", "need_offer")),
    ("challenges", "challenges", ("same_challenge", "near_challenge")),
    ("goals", "goals", ("same_goal", "near_goal")),
    ("interests", "interests", ("same_interest", "near_interest")),
)
