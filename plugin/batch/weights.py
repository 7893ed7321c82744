"""The file of weights that ``learn`` writes and ``--weights`` reads: what was learnt, and from how much."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from ..domain.errors import ConfigurationError
from ..engine.kinds import TERMS
from .kinds import KINDS
from .lines import written

FORMAT = "entremise.weights.v1"
DOUBT = "doubt"
"""Not a term: what is added to the sum of weights that is shared out."""

Weights = Mapping[str, Mapping[str, float]]
"""Kind → term → weight."""


def read_weights(path: str) -> Weights:
    """Return the weights by kind. Raises ``ConfigurationError`` that names file and place."""
    try:
        document = orjson.loads(Path(path).read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(f"{path}:{error.lineno}: is not JSON: {error.msg}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ConfigurationError(f"{path}: is not a file of weights (its format is not {FORMAT!r})")
    weights = document.get("weights")
    if not isinstance(weights, dict) or not weights:
        raise ConfigurationError(f"{path}: weights: must be an object with at least one kind")
    for kind, of_kind in weights.items():
        if kind not in KINDS:
            raise ConfigurationError(f"{path}: weights.{kind}: must be one of: {', '.join(KINDS)}")
        _check(path, kind, of_kind)
    return weights


def write_weights(path: str, weights: Weights, learnt: Mapping[str, Any]) -> None:
    """Write weights and what they were learnt from."""
    document = {"format": FORMAT, "weights": weights, "learnt": learnt}
    with written(path) as stream:
        stream.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())


def _check(path: str, kind: str, of_kind: Any) -> None:
    if not isinstance(of_kind, dict):
        raise ConfigurationError(f"{path}: weights.{kind}: must be an object")
    for term, weight in of_kind.items():
        place = f"{path}: weights.{kind}.{term}"
        if term not in {*TERMS, DOUBT}:
            raise ConfigurationError(
                f"{place}: there is no such term; there are: {', '.join(TERMS)}, {DOUBT}"
            )
        number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not number or not math.isfinite(weight) or weight < 0:
            raise ConfigurationError(f"{place}: must be a number of at least 0")
    if not any(weight for term, weight in of_kind.items() if term != DOUBT):
        raise ConfigurationError(f"{path}: weights.{kind}: no term has any weight")
