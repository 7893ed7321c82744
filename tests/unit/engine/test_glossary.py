"""French and English names of one thing meet, tags and sentences alike; small words and abbreviations mislead nobody."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.engine import glossary
from entremise.plugin.engine.glossary import compiled, concepts, label

LINES = [
    line
    for line in glossary.DATA.read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]
ENTRIES = [tuple([name.strip() for name in side.split(",")] for side in line.split("=")) for line in LINES]


def test_it_is_large_and_every_concept_has_both_languages() -> None:
    assert len(ENTRIES) >= 500
    assert all(len(entry) == 2 and all(entry[0]) and all(entry[1]) for entry in ENTRIES)
    assert len(glossary.glossary().labels) == len(ENTRIES)


def test_no_name_belongs_to_two_concepts() -> None:
    with pytest.raises(ValueError, match="'apprentissages' is claimed by two concepts"):
        compiled(["machine learning = apprentissage", "learning = apprentissages"])
    compiled(LINES)  # raises if one does


def test_every_name_alone_is_its_concept() -> None:
    lost = [
        (name, concepts(name.rstrip("*")))
        for english, french in ENTRIES
        for name in (*english, *french)
        if concepts(name.rstrip("*")) != (english[0].rstrip("*"),)
    ]
    assert not lost


def test_every_name_is_found_inside_a_sentence_unless_it_is_an_everyday_word() -> None:
    lost = [
        (name, found)
        for english, french in ENTRIES
        for name in (*english, *french)
        if not name.endswith("*")
        and english[0].rstrip("*")
        not in (found := concepts(f"Somebody who wants {name} quickly, please, hello there everybody"))
    ]
    assert not lost


def test_no_longer_name_shrinks_to_one_word() -> None:
    shrunk = [
        name
        for english, french in ENTRIES
        for name in (*english, *french)
        if len(words := glossary._WORD.findall(glossary._joined(name.rstrip("*")))) > 1
        and sum(bool(glossary._stem(word)) for word in words) < 2
    ]
    assert not shrunk


@pytest.mark.parametrize(
    "names",
    [
        ("ML", "machine learning", "Apprentissage automatique", "apprentissages automatiques"),
        ("RH", "HR", "ressources humaines", "Human Resources", "rh"),
        ("AI", "IA", "l’intelligence artificielle", "ARTIFICIAL INTELLIGENCE"),
        ("R&D", "recherche & développement", "research and development"),
        ("start-up", "startups", "Start-Ups", "jeunes pousses"),
        ("télétravail", "teletravail", "remote work", "working from home"),
        ("industry 4.0", "industrie du futur"),
    ],
)
def test_names_of_one_thing_are_one_concept(names: tuple[str, ...]) -> None:
    assert len({concepts(name) for name in names}) == 1
    assert len(concepts(names[0])) == 1


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Je cherche un chef de projet pour nos éoliennes", ("project management", "wind energy")),
        ("Gestion de mes projets", ("project management",)),
        ("Make it work for it, and for us", ()),
        ("A job in IT, or in HR", ("information technology", "human resources")),
        ("We met at 3 pm and had tea", ()),
        ("J’ai envie de changer", ()),
        ("Speaking on stage", ()),
        ("machine learning, machine learning and ML", ("machine learning",)),
        ("deep learning is not machine learning", ("deep learning", "machine learning")),
        ("start again with my project", ()),
        ("JE VOUDRAIS TROUVER LE CV IDÉAL", ()),
        ("Nothing of the kind", ()),
        ("", ()),
    ],
)
def test_sentences_mention_what_they_mention(sentence: str, expected: tuple[str, ...]) -> None:
    assert concepts(sentence) == expected


@pytest.mark.parametrize("tag", ["it", "stage", "mode", "Cv", "pm"])
def test_an_everyday_word_counts_as_a_whole_tag(tag: str) -> None:
    assert len(concepts(tag)) == 1
    assert concepts(f"gestion de projet, {tag}") == ("project management", *concepts(tag))
    assert concepts(f"they said that they would like {tag} with a lot of sugar") == ()


def test_the_longest_name_wins() -> None:
    assert concepts("santé publique") == ("public health",)
    assert concepts("la santé, le public") == ("health",)


def test_concepts_are_called_by_their_first_names() -> None:
    assert label("machine learning", "en") == "machine learning"
    assert label("human resources", "fr") == "ressources humaines"
    for concept in glossary.glossary().labels:
        for language in glossary.LANGUAGES:
            assert concepts(label(concept, language)) == (concept,)


@pytest.mark.parametrize("line", ["only english", "name =", "= nom", "name, = nom", "of the = de la"])
def test_a_line_that_cannot_be_used_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"of the glossary|no word"):
        compiled([line])


@given(st.lists(st.sampled_from([name.rstrip("*") for en, fr in ENTRIES for name in (*en, *fr)]), max_size=6))
def test_tags_in_a_row_are_each_found(names: list[str]) -> None:
    expected = dict.fromkeys(concept for name in names for concept in concepts(name))
    pieces = [len(glossary._WORD.findall(name)) for name in names]
    found = concepts(", ".join(names))
    if max(pieces, default=0) <= 3:
        assert found == tuple(expected)
    else:  # a long name makes it a sentence, in which everyday words do not count
        assert set(found) <= set(expected)


@given(st.text())
def test_any_text_is_read_twice_the_same(text: str) -> None:
    found = concepts(text)
    assert found == concepts(text)
    assert len(set(found)) == len(found)
    assert set(found) <= glossary.glossary().labels.keys()


def test_reading_costs_a_small_multiple_of_splitting_into_words() -> None:
    from entremise.plugin.engine.words import stems

    texts = [f"Je cherche un mentor en gestion de projet, machine learning et RH {n}" for n in range(3000)]
    concepts(texts[0])

    def seconds(read: object) -> float:
        best = float("inf")
        for _ in range(3):
            start = time.perf_counter()
            for text in texts:
                read(text)  # type: ignore[operator]
            best = min(best, time.perf_counter() - start)
        return best

    assert seconds(concepts) < 8 * seconds(stems)
