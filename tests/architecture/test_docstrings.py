"""Examples in docstrings do what they say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest
from source import dotted, modules

WITH_EXAMPLES = [path for path in modules() if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=dotted)
def test_the_examples_of(path: Path) -> None:
    result = doctest.testmod(importlib.import_module(dotted(path)), optionflags=doctest.ELLIPSIS)
    assert result.attempted
    assert not result.failed


def test_some_docstrings_have_examples() -> None:
    assert WITH_EXAMPLES
