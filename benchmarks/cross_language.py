"""Do French lines of profiles find the English ones that mean the same, and the other way round?

The lines are ``tests/quality/paraphrases.tsv``, written before any encoder was tried on them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from entremise.hooks.encoder_choice import built_in_encoders, encoder_module
from entremise.plugin.engine.glossary import concepts, glossary
from entremise.plugin.engine.space import fit

PAIRS = Path(__file__).resolve().parent.parent / "tests" / "quality" / "paraphrases.tsv"
Encode = Callable[[list[str]], NDArray[Any]]
"""Texts to rows of unit length (or zero), shape (number of texts, d)."""


class Pair(NamedTuple):
    """Two lines that mean the same. Lines of one ``field`` are near misses of each other."""

    field: str
    facet: str
    french: str
    english: str


def pairs() -> list[Pair]:
    """Return the paraphrase pairs."""
    lines = [line for line in PAIRS.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return [Pair(*line.split("\t")) for line in lines[1:]]


def measure(encode: Encode, among: Sequence[Pair] | None = None) -> dict[str, float]:
    """Return shares in [0, 1]; a tie is no hit.

    ``french_to_english``: the right English line is nearer to the French one than every other English line;
    ``english_to_french``: the other way round; ``beats_same_language``: the right line in the other language is
    nearer than every other line in one's own.
    """
    chosen = pairs() if among is None else among
    french, english = (
        np.asarray(encode([getattr(pair, side) for pair in chosen]), dtype=np.float64)
        for side in ("french", "english")
    )
    across = french @ english.T
    right = across.diagonal()
    own = np.concatenate([right > _best_other(french @ french.T), right > _best_other(english @ english.T)])
    return {
        "pairs": len(chosen),
        "french_to_english": float(np.mean(right > _best_other(across))),
        "english_to_french": float(np.mean(right > _best_other(across.T))),
        "beats_same_language": float(np.mean(own)),
    }


def _best_other(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the best score of each row outside the diagonal."""
    others = scores.copy()
    np.fill_diagonal(others, -np.inf)
    best: NDArray[np.float64] = others.max(axis=1)
    return best


def by_encoder(name: str) -> Encode:
    """Return a built-in encoder as a function."""

    def encode(texts: list[str]) -> NDArray[Any]:
        vectors: NDArray[Any] = encoder_module(name).entremise_encode_texts(texts).vectors
        return vectors

    return encode


def by_glossary(texts: list[str]) -> NDArray[np.float64]:
    """Return which concepts of the glossary each text mentions, as rows of unit length."""
    place = {concept: column for column, concept in enumerate(glossary().labels)}
    rows = np.zeros((len(texts), len(place)))
    for row, text in enumerate(texts):
        rows[row, [place[concept] for concept in concepts(text)]] = 1.0
    return rows / np.maximum(1.0, np.linalg.norm(rows, axis=1, keepdims=True))


def with_glossary(encode: Encode) -> Encode:
    """Return an encoder beside the glossary: inner products of the one, and a quarter of the other's."""

    def both(texts: list[str]) -> NDArray[Any]:
        return np.hstack([encode(texts), 0.5 * by_glossary(texts)])

    return both


def by_space(encode: Encode | None, words: float = 1.0, common: float = 0.0) -> Encode:
    """Return the vectors that people are matched by: words, glossary and encoder in a space fitted on all lines."""
    lines = [line for pair in pairs() for line in (pair.french, pair.english)]
    rows = encode(lines) if encode else None
    space = fit(lines, rows, encoder="measured", words=words, common=common)

    def vectors(texts: list[str]) -> NDArray[Any]:
        return space.vectors(texts, encode(texts) if encode else None)

    return vectors


def encoders() -> dict[str, Encode]:
    """Return everything that is measured, by name."""
    alone = {name: by_encoder(name) for name in built_in_encoders()}
    beside = {f"{name} + glossary": with_glossary(encode) for name, encode in alone.items()}
    said = {name: encoder_module(name).entremise_encode_texts([]) for name in alone}
    whole = {
        f"{name}, as matched": by_space(encode, said[name].words, said[name].common)
        for name, encode in alone.items()
    }
    return alone | {"glossary": by_glossary} | beside | whole | {"lexical, as matched": by_space(None)}


def texts_per_second(encode: Encode, copies: int = 5) -> int:
    """Return how many short lines one process encodes in a second, the model being loaded."""
    lines = [
        f"{line} {copy}" for copy in range(copies) for pair in pairs() for line in (pair.french, pair.english)
    ]
    encode(lines[:1])
    start = time.perf_counter()
    encode(lines)
    return round(len(lines) / (time.perf_counter() - start))


@click.command("cross-language")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on the last line.")
def command(*, as_json: bool) -> None:
    """Measure every encoder on French and English lines that mean the same."""
    chosen = pairs()
    tags = [pair for pair in chosen if pair.field == "tags"]
    sentences = [pair for pair in chosen if pair.field != "tags"]
    found: dict[str, dict[str, Any]] = {}
    for name, encode in encoders().items():
        found[name] = {
            **measure(encode), "tags": measure(encode, tags), "sentences": measure(encode, sentences)
        }  # fmt: skip
        said = (
            f"{name:24}  French → English {found[name]['french_to_english']:.2f}"
            f"  English → French {found[name]['english_to_french']:.2f}"
            f"  beats own language {found[name]['beats_same_language']:.2f}"
        )
        if name in built_in_encoders():
            found[name]["texts_per_second"] = texts_per_second(encode)
            said += f"  {found[name]['texts_per_second']:,} texts/s"
        click.echo(said)
    if as_json:
        click.echo(json.dumps(found))


if __name__ == "__main__":
    command()
