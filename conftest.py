"""Collects the examples in the documentation as tests (``tests/documentation.py`` says which, and how they run)."""

from __future__ import annotations

from documentation import EXAMPLES

pytest_collect_file = EXAMPLES.pytest()
