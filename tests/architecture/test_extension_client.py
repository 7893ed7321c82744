"""Extensions carry the client of the service as it is here, byte for byte."""

from __future__ import annotations

import ast

import pytest
from source import ROOT, parsed

COPIES = ROOT / "hooks/hosts/pretix/extension/pretix_entremise"
COPIED = {
    "extension_client.py": "client.py",
    "extension_envelope.py": "extension_envelope.py",
    "extension_wire.py": "extension_wire.py",
}


@pytest.mark.parametrize(("name", "copy"), COPIED.items(), ids=COPIED)
def test_the_copy_is_the_same(name: str, copy: str) -> None:
    assert (COPIES / copy).read_bytes() == (ROOT / "hooks" / name).read_bytes()


@pytest.mark.parametrize("name", COPIED)
def test_what_is_copied_needs_nothing_that_stays_behind(name: str) -> None:
    inside = {
        node.module
        for node in ast.walk(parsed(ROOT / "hooks" / name))
        if isinstance(node, ast.ImportFrom) and node.level
    }
    assert {f"{module}.py" for module in inside} <= COPIED.keys()
