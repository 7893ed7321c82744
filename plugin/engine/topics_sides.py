"""Where people of a group differ: one asks what another offers, or each has a view of their own of the same thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .topics_common import Subject
from .topics_said import LONGEST_QUOTE, Evidence, Kind, Quotes, Rows, Topic, subject_of
from .topics_terms import CONCEPT, stems_of

ASKING = frozenset({"needs", "challenges", "goals"})
OFFERING = frozenset({"offers"})
_MOST_SIDES = 8
"""People who are quoted in one topic: as many as a circle has."""


def differences(
    quotes: Quotes, rows: Rows, found: Sequence[Subject], shared: Sequence[Topic], most: int
) -> list[Topic]:
    """Return up to ``most`` topics about which these people differ: what is asked and offered, then views of what is
    ``shared``, then, only where there is neither, what each brings.
    """
    if most < 1:
        return []
    made = [topic for subject in found if (topic := _asked_and_offered(quotes, rows, subject))][:most]
    about = {(topic.concept, topic.words) for topic in made}
    for topic in shared:
        if (
            len(made) < most
            and (topic.concept, topic.words) not in about
            and (sides := _angles(quotes, topic))
        ):
            made.append(sides)
    if not made and (each := _each(quotes, rows)):
        made.append(each)
    return made


def _asked_and_offered(quotes: Quotes, rows: Rows, subject: Subject) -> Topic | None:
    """Return the subject as one that some seek and others, who do not seek it, offer."""
    if not subject.term:
        asked = {one.row: one for one in subject.topic.evidence if one.facet in ASKING}
        offered = {one.row: one for one in subject.topic.evidence if one.facet in OFFERING}
    else:
        asked, offered = (
            {row: one for row in rows.tolist() if (one := quotes.first(row, subject.term, facets))}
            for facets in (ASKING, OFFERING)
        )
    helping = [one for row, one in offered.items() if row not in asked]
    if not asked or not helping:
        return None
    half = _MOST_SIDES // 2
    evidence = (*list(asked.values())[:half], *helping[:half])
    topic = subject.topic
    return Topic(Kind.ASKED_AND_OFFERED, topic.concept, topic.words, evidence, topic.weight)


def _angles(quotes: Quotes, topic: Topic) -> Topic | None:
    """Return the topic with what each says, in the item that is about it, that none of the others says at all."""
    subject = subject_of(topic)
    own: dict[int, Evidence] = {}
    for one in topic.evidence:
        others = {
            term
            for row in topic.people - {one.row}
            for number in quotes.items(row)
            for term in quotes.terms[number]
        }
        numbers = [
            number
            for number in quotes.items(one.row)
            if quotes.said[number].facet == one.facet and one.words in quotes.said[number].text
        ]
        chosen = _best(quotes, numbers[:1], others, subject)
        if chosen is not None:
            own[one.row] = chosen
    return _sides(Kind.ANGLES, topic, own)


def _each(quotes: Quotes, rows: Rows) -> Topic | None:
    """Return what each of these people brings that no other of them does."""
    said = {
        row: {term for number in quotes.items(row) for term in quotes.terms[number]} for row in rows.tolist()
    }
    own: dict[int, Evidence] = {}
    for row in said:
        others = {term for other, terms in said.items() if other != row for term in terms}
        chosen = _best(quotes, quotes.items(row), others, frozenset())
        if chosen is not None:
            own[row] = chosen
    return _sides(Kind.EACH, None, own)


def _best(
    quotes: Quotes, numbers: Sequence[int], others: set[str], subject: frozenset[str]
) -> Evidence | None:
    """Return the most telling words of these items that are no one else's and not the subject itself."""
    theirs = frozenset[str]().union(*(stems_of(term) for term in others))
    for number, term in _telling(quotes, numbers):
        if term in others or stems_of(term) & subject or stems_of(term) <= theirs:
            continue
        said = quotes.said[number]
        if len(said.text) <= LONGEST_QUOTE:
            return Evidence(said.row, said.facet, said.text)
        # In a long text, a word that nobody else of the whole crowd has is more often a turn of phrase than a subject.
        found = quotes.quoted(number, term) if term.startswith(CONCEPT) or quotes.often(term) > 1 else None
        if found is not None:
            return found
    return None


def _telling(quotes: Quotes, numbers: Sequence[int]) -> Iterator[tuple[int, str]]:
    ranked = sorted(
        (-quotes.tells(term), place, term)
        for place, number in enumerate(numbers)
        for term in quotes.terms[number]
    )
    for _, place, term in ranked:
        yield numbers[place], term


def _sides(kind: Kind, topic: Topic | None, own: Mapping[int, Evidence]) -> Topic | None:
    if len(own) < 2:
        return None
    evidence = tuple(own[row] for row in sorted(own))[:_MOST_SIDES]
    if topic is None:
        return Topic(kind, None, "", evidence, 0.0)
    return Topic(kind, topic.concept, topic.words, evidence, topic.weight)
