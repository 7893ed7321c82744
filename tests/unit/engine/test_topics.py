"""Topics are people's own visible words or the glossary's concepts, and their evidence is true."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entremise.plugin.engine.encoding import as_whole_numbers
from entremise.plugin.engine.glossary import concepts
from entremise.plugin.engine.topics import Kind, Said, Topic, Topics
from entremise.plugin.engine.topics_terms import mention, terms_of

FACETS = ("needs", "offers", "challenges", "goals", "interests", "bio")
PIECES = (
    "machine learning", "apprentissage automatique", "wind farms", "énergie éolienne", "seagull counting", "le bruit des rotors",
    "predictive maintenance of gearboxes", "maintenance prédictive", "We restore old harbour cranes.", "call me: me@harbour.example",
)  # fmt: skip


def found(*said: tuple[int, str, str], people: int | None = None) -> tuple[Topic, ...]:
    items = [Said(*one) for one in said]
    count = people or max(one.row for one in items) + 1
    return Topics(items, count).of(np.arange(count))


def test_a_concept_joins_two_languages_and_abbreviations() -> None:
    (topic, *_) = found(
        (0, "challenges", "ML in production"),
        (1, "interests", "apprentissage automatique"),
        (2, "bio", "Gardens."),
    )
    assert (topic.kind, topic.concept) == (Kind.COMMON, "machine learning")
    assert [(one.row, one.words) for one in topic.evidence] == [(0, "ML"), (1, "apprentissage automatique")]


def test_words_of_their_own_do_where_the_glossary_knows_nothing() -> None:
    (topic, *_) = found((0, "bio", "I restore harbour cranes."), (1, "goals", "find harbour cranes to paint"))
    assert (topic.concept, topic.words) == (None, "harbour cranes")


def test_what_one_seeks_and_another_offers_is_a_topic_with_two_sides() -> None:
    topics = found((0, "needs", "help with harbour cranes"), (1, "offers", "harbour cranes since 1990"))
    (sides,) = [topic for topic in topics if topic.kind == Kind.ASKED_AND_OFFERED]
    assert [(one.row, one.facet) for one in sides.evidence] == [(0, "needs"), (1, "offers")]


def test_of_the_same_thing_each_is_quoted_with_a_view_of_their_own() -> None:
    topics = found(
        (0, "interests", "harbour cranes made of timber"), (1, "interests", "harbour cranes and seagulls")
    )
    (angles,) = [topic for topic in topics if topic.kind == Kind.ANGLES]
    assert angles.words == "harbour cranes"
    assert [one.words for one in angles.evidence] == [
        "harbour cranes made of timber",
        "harbour cranes and seagulls",
    ]


def test_where_nothing_is_shared_each_is_quoted_with_what_only_they_bring() -> None:
    (topic,) = found((0, "interests", "seagulls"), (1, "interests", "timber bridges"))
    assert topic.kind == Kind.EACH
    assert [one.words for one in topic.evidence] == ["seagulls", "timber bridges"]


def test_the_same_subject_is_named_once() -> None:
    topics = found(
        (0, "interests", "harbour cranes"), (0, "goals", "repair harbour cranes"), (1, "interests", "harbour cranes"),
        (1, "bio", "All about harbour cranes."),
    )  # fmt: skip
    assert len([topic for topic in topics if topic.kind == Kind.COMMON]) == 1


def test_what_everybody_at_the_event_writes_is_no_topic_of_a_few() -> None:
    said = [Said(row, "interests", "harbour") for row in range(60)]
    said += [Said(row, "goals", "seagull counting") for row in range(3)]
    topics = Topics(said, 60).of(np.arange(4))
    assert [topic.words for topic in topics if topic.kind == Kind.COMMON] == ["seagull counting"]


def test_short_items_that_mean_the_same_meet_by_their_vectors() -> None:
    said = [
        Said(0, "challenges", "quiet rotors"),
        Said(1, "challenges", "le bruit des pales"),
        Said(2, "interests", "seagulls"),
    ]
    vectors = as_whole_numbers(np.array([[1.0, 0.1, 0.0], [1.0, 0.0, 0.1], [0.0, 1.0, 0.0]]))
    (topic, *_) = Topics(said, 3, vectors=vectors).of(np.arange(3))
    assert (topic.kind, topic.words) == (Kind.COMMON, "quiet rotors")
    assert [one.words for one in topic.evidence] == ["quiet rotors", "le bruit des pales"]


@pytest.mark.parametrize(
    "said", [[], [Said(0, "bio", "harbour cranes")], [Said(0, "bio", "the and of"), Said(1, "bio", "…")]]
)
def test_who_shows_nothing_has_no_topic(said: list[Said]) -> None:
    assert Topics(said, 3).of(np.arange(3)) == ()


def test_a_name_and_an_address_are_nobodys_topic() -> None:
    said = [
        Said(0, "bio", "Ada Quill restores; ada@quill.example"),
        Said(1, "bio", "Ada Quill restores; ada@quill.example"),
    ]
    topics = Topics(said, 2, ignored={0: {"ada", "quill"}, 1: {"ada", "quill"}}).of(np.arange(2))
    assert not any(
        word in one.words
        for topic in topics
        for one in topic.evidence
        for word in ("Ada", "Quill", "@", "quill")
    )


def test_runs_do_not_cross_stops_and_joining_words() -> None:
    assert "machine learning" in terms_of("machine learning")
    assert not {"crane seagull", "crane timber"} & terms_of("cranes. Seagulls! cranes without timber").keys()
    assert "politique sante" in terms_of("une politique de santé")


def test_a_mention_is_the_shortest_part_that_names_the_concept() -> None:
    text = "We use machine learning daily"
    span = mention(text, "machine learning")
    assert span is not None
    assert text[span.start : span.end] == "machine learning"
    assert mention("seagulls", "machine learning") is None


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(FACETS), st.lists(st.sampled_from(PIECES), min_size=1, max_size=3), st.booleans()),
        max_size=14,
    ),
    st.lists(st.integers(0, 5), unique=True, max_size=6),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_every_quotation_stands_in_what_its_owner_shows_and_concepts_are_mentioned_there(
    drawn: list[tuple[int, str, list[str], bool]], rows: list[int]
) -> None:
    said = [Said(row, facet, " – ".join(pieces)) for row, facet, pieces, shows in drawn if shows]
    vectors = as_whole_numbers(np.random.default_rng(0).standard_normal((len(said), 8)))
    for topic in Topics(said, 6, vectors=vectors).of(np.array(sorted(rows), dtype=np.intp)):
        assert len(topic.people) > 1
        for one in topic.evidence:
            assert one.row in rows
            texts = [
                item.text
                for item in said
                if (item.row, item.facet) == (one.row, one.facet) and one.words in item.text
            ]
            assert texts, "nobody is quoted with what they did not show"
            if topic.concept is not None and topic.kind in (Kind.COMMON, Kind.ASKED_AND_OFFERED):
                assert any(topic.concept in concepts(text) for text in texts)
        if topic.words and topic.kind == Kind.COMMON:
            assert topic.words in {one.words for one in topic.evidence}
        if topic.kind == Kind.ASKED_AND_OFFERED:
            assert {one.facet for one in topic.evidence} & {"offers"}
            assert {one.facet for one in topic.evidence} & {"needs", "challenges", "goals"}
