"""Makes up a bilingual conference: the same seed and size give the same people, to the byte.

The people vary as registrations do: some answer every question and some hardly any, companies send several, one
in ten does not agree to be suggested, some take part remotely, and one mentor is wanted by far too many.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

LANGUAGES = (
    (("fr",), 38), (("fr", "en"), 24), (("en", "fr"), 10), (("en",), 22), (("es", "fr"), 3), (("de", "en"), 3),
)  # fmt: skip
OPEN_FIELDS = ("organisation", "title", "interests", "challenges", "goals", "offers", "needs", "bio")
STAR = 6
"""Place in the list of the mentor whom everybody wants."""
STAR_TOPICS = (("data", 1), ("health", 2), ("work", 0), ("energy", 1))
"""What that mentor knows: (sector, topic) pairs, which more than a few newcomers then need."""

Topic = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Person:
    """One registration. ``profile`` is the generic profile as the host would send it, without a version."""

    ref: str
    sector: str
    feminine: bool
    profile: Mapping[str, Any]

    @property
    def main_language(self) -> str:
        """The language in which the person filled in the form."""
        return (
            "fr" if next(lang for lang in self.profile["languages"] if lang in ("fr", "en")) == "fr" else "en"
        )


@dataclass(frozen=True, slots=True)
class Conference:
    """What the generator made. ``ref`` is the host's key of the host event."""

    ref: str
    name: str
    languages: tuple[str, ...]
    seed: int
    people: tuple[Person, ...]


def make_conference(*, seed: int = 1, size: int = 400) -> Conference:
    """Return a conference of ``size`` people (at least 20, so that every kind of person is among them)."""
    if size < 20:
        raise ValueError("a conference needs at least 20 people")
    people = tuple(make_person(random.Random(f"{seed}/{index}"), index) for index in range(size))
    return Conference(
        ref=f"rencontres-{seed}", name="Les Rencontres du faire ensemble / Working Together Days",
        languages=("fr", "en"), seed=seed, people=people,
    )  # fmt: skip


def make_person(chance: random.Random, index: int) -> Person:
    """Return the person at this place in the list; depends on nothing but the two arguments."""
    sector = chance.choice(list(themes()))
    languages = _weighted(chance, LANGUAGES)
    if index == STAR:
        sector, languages = "data", ("fr", "en")
    language = "fr" if next(lang for lang in languages if lang in ("fr", "en")) == "fr" else "en"
    feminine = chance.random() < 0.52
    seniority = (
        5 if index == STAR else _weighted(chance, ((0, 9), (1, 20), (2, 28), (3, 24), (4, 12), (5, 7)))
    )
    profile: dict[str, Any] = {
        "name": _name(chance, language, feminine),
        "languages": list(languages),
        "organisation": organisation(chance, sector, language),
        "sector": themes()[sector]["sector"][language],
        "title": title(sector, language, seniority, feminine),
        "seniority": seniority,
        "first_time": chance.random() < (0.75 if seniority < 2 else 0.3),
        **_answers(chance, index, sector, language, seniority),
        "mode": _weighted(chance, (("on_site", 78), ("remote", 14), ("both", 8))),
        "visible": list(_visible(chance, index)),
        "hidden_for_matching": chance.random() < 0.8,
    }
    profile["bio"] = _bio(chance, sector, language, profile)
    profile["mentoring"] = _mentoring(chance, index, seniority)
    profile["consent"] = _consent(chance, index, profile["mentoring"]["role"])
    return Person(f"ticket-{index + 1:04d}", sector, feminine, _forget_some(chance, index, profile))


def title(sector: str, language: str, seniority: int, feminine: bool) -> str:
    """Return the job title at this level, in the form that the person uses."""
    forms = themes()[sector]["titles"][language][seniority].split("|")
    return str(forms[-1] if feminine else forms[0])


def organisation(chance: random.Random, sector: str, language: str) -> str:
    """Return one of the sector's organisations; few enough that every one sends several people."""
    name = str(chance.choice(_people()["organisations"][sector][language]))
    return name.upper() if chance.random() < 0.03 else name  # as some forms come in


def last_name(chance: random.Random, language: str) -> str:
    """Return a family name."""
    return str(chance.choice(_people()["last_names"][language]))


def say(chance: random.Random, kind: str, language: str, topic: Topic, **more: str) -> str:
    """Return a sentence of this kind (``offer``, ``need``, ``goal``, ``bio``) about the topic."""
    tag, doing, _ = themes()[topic[0]]["topics"][topic[1]][language]
    sentence = chance.choice(_people()["sentences"][language][kind]).format(do=doing, tag=tag, **more)
    return re.sub(r"\b([Dd])e (?=[aeiouyàâéèêîôAEIOUÉ])", r"\1'", sentence) if language == "fr" else sentence


@cache
def themes() -> dict[str, Any]:
    """Sectors with their titles and topics, as ``themes.yaml`` has them."""
    return dict(yaml.safe_load(files(__package__).joinpath("themes.yaml").read_text(encoding="utf-8")))


@cache
def _people() -> dict[str, Any]:
    return dict(yaml.safe_load(files(__package__).joinpath("people.yaml").read_text(encoding="utf-8")))


def _weighted(chance: random.Random, options: Any) -> Any:
    return chance.choices([value for value, _ in options], [weight for _, weight in options])[0]


def _name(chance: random.Random, language: str, feminine: bool) -> str:
    first = chance.choice(_people()["first_names"][language]["f" if feminine else "m"])
    return f"{first} {last_name(chance, language)}"


def _answers(chance: random.Random, index: int, sector: str, language: str, seniority: int) -> dict[str, Any]:
    """Facets: mostly of the person's own field, some from elsewhere; tags and whole sentences mixed."""
    own = [(sector, number) for number in chance.sample(range(6), 3)]
    other = chance.choice([name for name in themes() if name != sector])
    wide = [*own, (other, chance.randrange(6))]
    known, wanted = wide[:2], wide[1:]
    if index == STAR:
        known = list(STAR_TOPICS)
    elif seniority < 2 and chance.random() < 0.6:
        wanted = [chance.choice(STAR_TOPICS), *wanted[1:]]

    def tag(topic: Topic) -> str:
        return str(themes()[topic[0]]["topics"][topic[1]][language][0])

    offers = [
        tag(topic) if chance.random() < 0.3 else say(chance, "offer", language, topic) for topic in known
    ]
    return {
        "interests": [tag(topic) for topic in dict.fromkeys([*known, *wanted])],
        "challenges": [themes()[topic[0]]["topics"][topic[1]][language][2] for topic in wanted[:2]],
        "goals": [say(chance, "goal", language, wanted[0])],
        "offers": offers if seniority or chance.random() < 0.4 else [],
        "needs": [
            tag(topic) if chance.random() < 0.3 else say(chance, "need", language, topic) for topic in wanted
        ],
    }


def _bio(chance: random.Random, sector: str, language: str, profile: Mapping[str, Any]) -> str:
    topic = (sector, chance.randrange(6))
    return say(chance, "bio", language, topic, title=profile["title"], organisation=profile["organisation"])


def _visible(chance: random.Random, index: int) -> tuple[str, ...]:
    if index == STAR:
        return OPEN_FIELDS
    kind = _weighted(chance, (("open", 60), ("work", 22), ("name", 8), ("mixed", 10)))
    if kind == "open":
        return OPEN_FIELDS
    if kind == "mixed":
        return tuple(chance.sample(OPEN_FIELDS, 4))
    return ("organisation", "title", "interests") if kind == "work" else ()


def _mentoring(chance: random.Random, index: int, seniority: int) -> dict[str, Any]:
    if index == STAR:
        return {"role": "mentor", "capacity": 3}
    if seniority >= 4:
        role = _weighted(chance, (("mentor", 55), ("none", 45)))
    elif seniority <= 1:
        role = _weighted(chance, (("mentee", 60), ("none", 40)))
    else:
        role = _weighted(chance, (("none", 70), ("both", 10), ("mentor", 8), ("mentee", 12)))
    return {"role": role, "capacity": chance.randint(1, 3)}


def _consent(chance: random.Random, index: int, role: str) -> dict[str, bool]:
    matching = index == STAR or chance.random() >= 0.1
    return {
        "matching": matching,
        "mentoring": matching and role != "none" and (index == STAR or chance.random() < 0.95),
        "groups": matching and chance.random() < 0.7,
        "presence": matching and chance.random() < 0.9,
        "follow_up": chance.random() < 0.4,
        "memory": chance.random() < 0.3,
        "learning": chance.random() < 0.3,
    }


def _forget_some(chance: random.Random, index: int, profile: dict[str, Any]) -> dict[str, Any]:
    """Leave questions unanswered, as people do: a few skip nearly all, many skip one or two."""
    optional = ("bio", "goals", "challenges", "offers", "needs", "seniority", "first_time", "sector", "mode")
    kind = 1.0 if index == STAR else chance.random()
    if kind < 0.06:
        missing: tuple[str, ...] = (*optional, "organisation", "title")
    elif kind < 0.6:
        missing = tuple(chance.sample(optional, chance.randint(1, 3)))
    else:
        missing = ()
    return {key: value for key, value in profile.items() if key not in missing}
