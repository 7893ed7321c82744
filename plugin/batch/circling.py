"""Makes circles of the people of a file who agreed to groups, says who is left over and why, and what each could discuss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..domain.errors import ConfigurationError
from ..domain.model import FACETS, Profile
from ..services.quotable import topics_of
from ..services.vectors import scored_texts
from .circle_files import Placed, Ruled
from .engine import Engine
from .watching import STEPS, Parts, Phase, unwatched

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..engine.circles import Circles, Mixing, Wanted
    from ..engine.circles_cause import Cause
    from ..engine.circles_hosts import Host
    from ..engine.topics import Topic

_NAMED = 5
"""People whom a message names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What circles are asked for: ``sizes`` of each, or any size in ``bounds``, about ``aim`` in each."""

    sizes: Sequence[int] | None = None
    bounds: tuple[int, int] = (3, 8)
    aim: int = 5
    rounds: int = 1
    mixing: Mixing = "soft"
    rules: Ruled = field(default_factory=Ruled)
    before: Placed | None = None
    leave_over: bool = False
    seed: int = 0
    effort: float = 1.0
    seconds: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Circles by rows of the engine, and who is left over for what reason."""

    wanted: Wanted
    circles: Circles
    hosts: Sequence[Sequence[Host]]
    left_over: Mapping[int, str]


def circle(engine: Engine, profiles: Mapping[str, Profile], wish: Wish, phase: Phase = unwatched) -> Made:
    """Make the circles. Raises ``ConfigurationError`` that says why there are none."""
    from ..engine.circles import form
    from ..engine.circles_free import form_free
    from ..engine.circles_hosts import expert_scorer, hosts_of

    with phase("comparing people", None):
        wanted = _wanted(engine, profiles, wish)
    limits: Mapping[str, Any] = {"seed": wish.seed, "effort": wish.effort, "seconds": wish.seconds}
    with phase(f"forming circles of {wanted.people} people", STEPS) as advance:
        told = Parts(advance)
        if wish.sizes is None:
            least, most = wish.bounds
            found = form_free(wanted, least=least, most=most, aim=wish.aim, progress=told, **limits)
        else:
            found = form(wanted, progress=told, **limits)
    if found.causes:
        raise ConfigurationError("no circles: " + "; ".join(_said(engine, one) for one in found.causes))
    return Made(
        wanted=wanted,
        circles=found,
        hosts=hosts_of(found, expert_scorer(engine.matcher.crowd), wanted.hosts),
        left_over={row: str(why) for row, why in found.left.items()},
    )


def placed(engine: Engine, made: Made, order: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    """Yield id, round from 1 and group of everybody in ``order``, an empty one for who is left over."""
    for person in order:
        for number, groups in enumerate(made.circles.groups, start=1):
            group = int(groups[engine.row_of[person]])
            yield person, number, str(group + 1) if group >= 0 else ""


def figures(made: Made) -> dict[str, Any]:
    """Return how many circles there are, how near their people, and what stayed, as JSON-ready data."""
    import numpy as np

    groups, wanted = made.circles.groups, made.wanted
    sizes = [np.bincount(one[one >= 0], minlength=1) for one in groups]
    pairs = float(sum((size * (size - 1) // 2).sum() for size in sizes))
    apart = float(np.triu(wanted.worth, 1).sum(dtype=np.float64))
    everybody = wanted.people * (wanted.people - 1) / 2
    found: dict[str, Any] = {
        "circles": [int((size > 0).sum()) for size in sizes],
        "smallest": int(min(size[size > 0].min(initial=10**9) for size in sizes)),
        "largest": int(max(size.max() for size in sizes)),
        "worth": made.circles.worth / pairs if pairs else float("nan"),
        "worth_of_strangers": apart / everybody if everybody else float("nan"),
        "repeats": made.circles.repeats,
    }
    if wanted.before is not None:
        found["kept"] = _kept(made)
    return found


def talk(
    engine: Engine, made: Made, profiles: Mapping[str, Profile], phase: Phase = unwatched
) -> Iterator[dict[str, Any]]:
    """Yield each circle with its people, its languages, its host, and topics with who wrote what."""
    ids = engine.matcher.ids
    finder = topics_of([profiles[person] for person in ids], engine.matcher.crowd)
    count = int(made.circles.groups.max(initial=-1)) + 1
    with phase("finding topics", count * len(made.circles.groups)) as advance:
        for number in range(len(made.circles.groups)):
            for group in range(count):
                rows = made.circles.members(number, group)
                advance(1)
                if not len(rows):
                    continue
                people = [ids[row] for row in rows.tolist()]
                host = made.hosts[number][group].row
                yield {
                    "round": number + 1, "group": group + 1, "people": people,
                    "languages": _languages([profiles[person] for person in people]),
                    "host": None if host < 0 else ids[host],
                    "topics": [_topic(one, ids) for one in finder.of(rows)],
                }  # fmt: skip


def _wanted(engine: Engine, profiles: Mapping[str, Profile], wish: Wish) -> Wanted:
    import numpy as np

    from ..engine.circles import Wanted, traits
    from ..engine.circles_hosts import expert_scorer, with_help
    from ..engine.circles_worth import circle_scorer, words_of, worth

    crowd, ids = engine.matcher.crowd, engine.matcher.ids
    said = [{facet: scored_texts(profiles[person], facet) for facet in (*FACETS, "title")} for person in ids]
    found = worth(circle_scorer(crowd), words_of(engine.matcher.space, said), mixed=wish.mixing != "any")
    hosts = None
    if wish.rules.hosts is not None:
        hosts = np.array([person in wish.rules.hosts for person in ids])
        found = with_help(found, expert_scorer(crowd), hosts)
    sizes = np.array(wish.sizes if wish.sizes is not None else [], dtype=np.intp)
    pins = [(engine.row_of[person], group - 1) for person, group in wish.rules.pins.items()]
    return Wanted(
        worth=found, traits=traits(crowd), least=sizes, most=sizes, organisations=crowd.organisations,
        mixing=wish.mixing, hosts=hosts, before=_before(engine, wish), rounds=wish.rounds,
        leave_over=wish.leave_over,
        together=[[engine.row_of[person] for person in one] for one in wish.rules.together],
        apart=engine.rows(wish.rules.apart),
        pins=np.array(pins, dtype=np.intp).reshape(-1, 2),
    )  # fmt: skip


def _before(engine: Engine, wish: Wish) -> NDArray[np.int32] | None:
    """Return the circle of each person in each round of the plan before, (rounds, n); -1 for who had none."""
    import numpy as np

    if wish.before is None:
        return None
    found = np.full((wish.rounds, len(engine.row_of)), -1, dtype=np.int32)
    for (person, number), group in wish.before.items():
        if person in engine.row_of and number <= wish.rounds:
            found[number - 1, engine.row_of[person]] = group - 1
    return found


def _kept(made: Made) -> dict[str, float]:
    """Return which part of the people of before are in the same circle, and of the pairs are still together."""
    import numpy as np

    before, groups = made.wanted.before, made.circles.groups
    assert before is not None
    was = before >= 0
    pairs = again = 0
    for old, new in zip(before, groups, strict=True):
        one, other = np.nonzero(np.triu((old[:, None] == old) & (old >= 0), 1))
        pairs += len(one)
        again += int(((new[one] == new[other]) & (new[one] >= 0)).sum())
    return {
        "people": float((groups == before)[was].mean()) if was.any() else float("nan"),
        "pairs": again / pairs if pairs else float("nan"),
    }


_WORDS: Mapping[str, str] = {
    "people": "one circle takes {needed} people and {found} agreed to groups (consent.groups)",
    "sizes": "sizes: they add up to {needed}, and {found} people agreed to groups (consent.groups)",
    "language": "languages: {who} share no language and way to meet with enough others",
    "organisation": "organisation: {found} people are of one, and there are {needed} circles ({who})",
    "hosts": "hosts: {needed} circles and {found} hosts",
    "pins": "pins: they contradict other rules{about}",
    "together": "together: these rules contradict others{about}",
    "apart": "apart: these rules contradict others{about}",
    "repeats": "rounds: too many for so few people to meet nobody again",
    "rules": "all rules together leave no way that was found{about}",
}


def _said(engine: Engine, cause: Cause) -> str:
    ids = [engine.matcher.ids[row] for row in cause.people]
    who = ", ".join(ids[:_NAMED]) + (f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else "")
    said = _WORDS[cause.why].format(
        needed=cause.needed, found=cause.found, who=who or "some", about=f" ({who})" if who else ""
    )
    return said if cause.proved else f"{said} (not proved: no way was found)"


def _languages(profiles: Sequence[Profile]) -> list[str]:
    """Return the languages that all speak who state any, by primary subtag."""
    stated = [
        {tag.partition("-")[0].lower() for tag in profile.languages}
        for profile in profiles
        if profile.languages
    ]
    return sorted(set.intersection(*stated)) if stated else []


def _topic(topic: Topic, ids: Sequence[str]) -> dict[str, Any]:
    from ..engine.glossary import LANGUAGES, label

    named = None
    if topic.concept is not None:
        named = {language: label(topic.concept, language) for language in LANGUAGES}
    return {
        "kind": str(topic.kind), "concept": named, "words": topic.words,
        "evidence": [
            {"person": ids[one.row], "facet": one.facet, "words": one.words} for one in topic.evidence
        ],
    }  # fmt: skip
