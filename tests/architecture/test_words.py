"""The repository speaks of the project alone, and of nobody's machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from source import ROOT, repository_files, shown, text_of

BANNED = {
    "a path on somebody's machine": r"(?<![\w.])/(?:work|root|home|Users)/\w",
    "an address of a package registry": r"\b(?:pypi|files\.pythonhosted|registry\.npmjs|deb\.debian)\.org\b|/opt/wheels",
    "who or what wrote it": r"(?i)\b(?:co-authored-by|generated (?:by|with)|signed-off-by)\b",
    "a note to come back": r"\b(?:TODO|FIXME|XXX|HACK)\b",
}
MAY_SAY_SO = {"LICENSE", "hooks/hosts/pretix/extension/LICENSE", "tests/architecture/test_words.py"}


@pytest.mark.parametrize("what", BANNED)
def test_no_file_names(what: str) -> None:
    pattern = re.compile(BANNED[what])
    found = [
        f"{shown(path)}:{number}: {line.strip()[:120]}"
        for path in repository_files()
        if shown(path) not in MAY_SAY_SO and (text := text_of(path)) is not None
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]
    assert not found


def test_the_patterns_find_what_they_are_for() -> None:
    planted = {
        "a path on somebody's machine": "see /home/somebody/notes",
        "an address of a package registry": "https://pypi.org/simple",
        "who or what wrote it": "Generated with care",
        "a note to come back": "# TODO: later",
    }
    assert planted.keys() == BANNED.keys()
    for what, line in planted.items():
        assert re.search(BANNED[what], line)


def test_the_scan_sees_the_whole_repository() -> None:
    seen = {shown(path) for path in repository_files()}
    assert {"pyproject.toml", "Makefile", "plugin/settings.py", ".ci/run"} <= seen
    assert not [name for name in seen if Path(ROOT / name).stat().st_size > 2_000_000], "no big files"
