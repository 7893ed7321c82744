"""Topics: what the people of a circle or a table could talk about, in words that some of them made visible."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import orjson

from ...domain.model import Attendee
from ...domain.plans import Group, PlanFeature
from ..dataset import Dataset, require_engine
from ..quotable import topics_of
from ..state import pack, unpack
from ..wording import quoted, reading_language, say, topic_name
from .computation import Computation, Occasion

if TYPE_CHECKING:
    from ...engine.topics import Topic

VERSION = 1
"""Raise it whenever the same groups would get other topics or other sentences."""
_SETTINGS = ("topics.common", "topics.differing", "topics.at_tables")
_OF: Mapping[PlanFeature, str] = {"circles": "circle", "seating": "seat"}
"""What a group is called in a payload, by the plan that it comes from."""


class Topics:
    """The feature; see ``FeatureComputation``. It follows the plans whose groups it is about."""

    key: Literal["topics"] = "topics"

    def fingerprint(self, settings: Mapping[str, Any]) -> str:
        chosen = orjson.dumps([settings[name] for name in _SETTINGS])
        return f"topics-{VERSION}-{hashlib.blake2b(chosen, digest_size=8).hexdigest()}"

    def compute(self, occasion: Occasion, previous: tuple[int, bytes] | None) -> Computation | None:
        require_engine()
        groups = list(_groups(occasion))
        people = Dataset((person for person in occasion.roster if person.grouping), ())
        facts = _facts(occasion, groups, people)
        if previous is not None and unpack(previous[1])[0] == facts:
            return None
        payloads, mentions = _write(occasion, groups, people) if groups else ({}, {})
        return Computation(payloads=payloads, mentions=mentions, state=pack(facts, {}), full=True)


def _groups(occasion: Occasion) -> Iterator[tuple[PlanFeature, Group]]:
    """Yield the published groups that have topics."""
    for feature in _OF:
        plan = occasion.published(feature)
        if plan is None or (feature == "seating" and not occasion.settings["topics.at_tables"]):
            continue
        yield from ((feature, group) for group in plan.groups)


def _facts(
    occasion: Occasion, groups: Sequence[tuple[PlanFeature, Group]], people: Dataset
) -> dict[str, Any]:
    if not groups:
        return {"groups": []}
    # What is rare, and therefore telling, depends on everybody.
    seen = [
        [[feature, group.key, sorted(group.people)] for feature, group in groups],
        people.ids.tolist(), [person.profile_version for person in people.people],
    ]  # fmt: skip
    digest = hashlib.blake2b(orjson.dumps(seen), digest_size=16).hexdigest()
    return {**occasion.facts(), "groups": digest}


def _write(
    occasion: Occasion, groups: Sequence[tuple[PlanFeature, Group]], people: Dataset
) -> tuple[dict[str, dict[str, Any]], dict[str, tuple[str, ...]]]:
    """Return what each person of these groups gets to talk about, and whose words it quotes."""
    import numpy as np

    where = occasion.host_event
    refs = [person.ref for person in people.people]
    attendees = occasion.uow.attendees.get_many(where.installation_id, where.ref, refs)
    items, counts = occasion.vectors.of(people.people)
    finder = topics_of([attendees[ref].profile for ref in refs], people.crowd(items, counts))
    payloads: dict[str, dict[str, Any]] = {}
    mentions: dict[str, tuple[str, ...]] = {}
    for feature, group in groups:
        rows = np.array(
            sorted(people.row_of[ref] for ref in group.people if ref in people.row_of), dtype=np.intp
        )
        found = finder.of(
            rows, common=occasion.settings["topics.common"], differing=occasion.settings["topics.differing"]
        )
        for row in rows.tolist() if found else ():
            ref = refs[row]
            language = reading_language(attendees[ref].profile.languages, where.languages)
            payload = payloads.setdefault(ref, {"language": language, "topics": []})
            payload["topics"].append(
                {
                    "of": _OF[feature],
                    "key": group.key,
                    "items": [_item(topic, refs, attendees, language) for topic in found],
                }
            )
            named = (refs[one.row] for topic in found for one in topic.evidence)
            mentions[ref] = tuple(
                dict.fromkeys((*mentions.get(ref, ()), *(other for other in named if other != ref)))
            )
    return payloads, mentions


def _words(topic: Topic) -> str:
    """Return what a topic is called in words of somebody whom it quotes, so that they can take them back."""
    said = [one.words for one in topic.evidence]
    return topic.words if not topic.words or topic.words in said else said[0]


def _item(
    topic: Topic, refs: Sequence[str], attendees: Mapping[str, Attendee], language: str
) -> dict[str, Any]:
    """Return one topic with who wrote what; ``from`` lists whose words it is made of, so that they can take it back."""
    about = topic_name(language, topic.concept) if topic.concept else _words(topic)
    return {
        "kind": str(topic.kind),
        "text": say(language, f"topic_{topic.kind}", mine=about),
        "from": sorted({refs[one.row] for one in topic.evidence}),
        "said": [
            {
                "person": refs[one.row],
                "name": attendees[refs[one.row]].profile.name,
                "text": quoted(one.words),
            }
            for one in topic.evidence
        ],
    }
