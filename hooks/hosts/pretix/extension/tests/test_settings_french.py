"""Everything on the settings pages is there in French, as French is written."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

import pretix_entremise

ROOT = Path(pretix_entremise.__path__[0])
KEYWORDS = {"gettext": None, "_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
TEXT = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\b(?:_|gettext|ngettext|pgettext)\(\s*{TEXT}(?:\s*,\s*{TEXT})*")


def _said():
    for path in sorted((ROOT / "control").glob("*.py")):
        yield from _texts(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "templates" / "pretix_entremise" / "control").glob("*.html")):
        calls = CALL.findall(templatize(path.read_text(encoding="utf-8")))
        yield from _texts("\n".join(f"{call})" for call in calls))


def _texts(source):
    for _, function, texts, _ in extract_python(
        io.BytesIO(source.encode()), list(KEYWORDS), [], {"encoding": "utf-8"}
    ):
        given = [text for text in (texts if isinstance(texts, tuple) else (texts,)) if text]
        if given:
            yield (given[1], given[0]) if function == "pgettext" else (given[0], None)


@pytest.fixture(scope="module")
def french():
    with (ROOT / "locale" / "fr" / "LC_MESSAGES" / "settings.po").open("rb") as opened:
        return read_po(opened, locale="fr")


def test_no_text_is_left_in_english(french):
    said = set(_said())
    assert len(said) > 200
    lacking = {text for text, context in said if not (known := french.get(text, context)) or not known.string}
    assert lacking == set()


def test_signs_that_stand_apart_in_french_never_begin_a_line(french):
    for message in french:
        texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        for text in texts:
            assert message.id == "" or not re.search(r" [:;?!»]|« |'", text), text


def test_what_is_filled_in_is_the_same_in_both_languages(french):
    for message in french:
        if message.id:
            singular = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
            texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
            for text in texts:
                assert sorted(_places(text)) == sorted(_places(singular)), singular


def _places(text):
    return re.findall(r"%\(\w+\)[sd]|\{\w+\}", text)
