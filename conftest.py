"""Collects the examples in the documentation as tests (``tests/documentation.py`` says which, and how they run)."""

from __future__ import annotations

import os

from documentation import EXAMPLES

pytest_collect_file = EXAMPLES.pytest()

# As in a worker: with the small matrices of tests, BLAS threads of several processes only wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
