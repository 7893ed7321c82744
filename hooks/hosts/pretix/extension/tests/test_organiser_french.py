"""Everything that organisers read is there in French, as French is written, and the pages speak it."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.utils import translation
from django.utils.translation.template import templatize

import pretix_entremise

ROOT = Path(pretix_entremise.__path__[0])
KEYWORDS = ("_", "gettext", "gettext_lazy", "ngettext")
TEXT = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\b(?:_|gettext|ngettext)\(\s*{TEXT}(?:\s*,\s*{TEXT})*")


def said():
    for path in (ROOT / "organiser").glob("*.py"):
        yield from texts_in(path.read_text(encoding="utf-8"))
    for path in (ROOT / "templates" / "pretix_entremise" / "organiser").glob("*.html"):
        calls = CALL.findall(templatize(path.read_text(encoding="utf-8")))
        yield from texts_in("\n".join(f"{call})" for call in calls))


def texts_in(source):
    for _, _, texts, _ in extract_python(io.BytesIO(source.encode()), KEYWORDS, [], {"encoding": "utf-8"}):
        given = texts[0] if isinstance(texts, tuple) else texts
        if given:
            yield given


def parts():
    for path in (ROOT / "locale" / "fr" / "LC_MESSAGES").glob("*.po"):
        with path.open("rb") as opened:
            yield path.name, read_po(opened, locale="fr")


def strings(message):
    return message.string if isinstance(message.string, (tuple, list)) else (message.string,)


def test_no_text_is_left_in_english():
    known = [catalogue for _name, catalogue in parts()]
    wanted = set(said())
    assert len(wanted) > 200
    lacking = {
        text
        for text in wanted
        if not any((found := catalogue.get(text)) and all(strings(found)) for catalogue in known)
    }
    assert lacking == set()


@pytest.fixture
def french():
    return dict(parts())["organiser.po"]


def test_signs_that_stand_apart_in_french_never_begin_a_line(french):
    for message in french:
        for text in strings(message):
            assert message.id == "" or not re.search(r"(?<![\u00a0\d/])[:;?!»](?!\S)| [:;?!»]|« |'", text), (
                text
            )


def test_what_is_filled_in_is_the_same_in_both_languages(french):
    holes = re.compile(r"%\(\w+\)s|\{\w+\}")
    for message in french:
        if message.id:
            first = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
            assert all(set(holes.findall(text)) == set(holes.findall(first)) for text in strings(message)), (
                first
            )


def test_nothing_is_translated_that_nobody_says(french):
    wanted = set(said())
    kept = {m.id[0] if isinstance(m.id, (tuple, list)) else m.id for m in french if m.id}
    assert kept - wanted == set()


def test_short_words_are_not_taken_from_another_sense():
    from pretix_entremise.organiser.asking import LABELS
    from pretix_entremise.organiser.wording import ROLES

    with translation.override("fr"):
        assert [str(label) for label in LABELS.values()] == [
            "Mentorat",
            "Cercles",
            "Plans de table",
            "Rendez-vous",
        ]
        assert str(ROLES["host"]) == "hôte"
        assert translation.gettext("Meetings from") == "Rendez-vous à partir de"
