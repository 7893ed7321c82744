"""The quality report compares fairly, says what it lacks, and runs the commands as an operator would."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[3]

METRICS = '''
"""A scorer of the form that evaluation data bring along, for one made-up set."""
import csv, json
import numpy as np

def table(path):
    with open(path) as f:
        return list(csv.DictReader(f))

def questions(name, folder):
    truth = {(r["a"], r["b"]): float(r["expertise"]) for r in table(folder / "truth.csv")}
    return [(r["a"], r["b"], truth[r["a"], r["b"]]) for r in table(folder / "pairs.csv")]

def read_scores(path):
    return {(r["a"], r["b"]): float(r["score"]) for r in table(path)}

def text_scores(name, folder, rows, kind):
    return [0.5] * len(rows)

def interval(rows, figure):
    return [float(figure(rows)) - 0.1, float(figure(rows)) + 0.1]

def loss(rows, scores):
    by = {}
    for (a, b, true), score in zip(rows, scores):
        by.setdefault(b, []).append((true, score))
    wrong = np.array([[np.corrcoef(*zip(*of))[0, 1] < 0.5 if len(set(s for _, s in of)) > 1 else 0.5] for of in by.values()], float)
    return {"loss": wrong.mean(), "loss_95": interval(wrong, np.mean), "persons": len(by)}

FIGURES = {"gold_reviewers": loss}
person_figures = loss
'''


@pytest.fixture
def quality(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.syspath_prepend(str(ROOT))
    import benchmarks.quality
    import benchmarks.quality_figures
    import benchmarks.quality_sets

    parts: dict[str, Any] = {}
    for module in (benchmarks.quality_figures, benchmarks.quality_sets, benchmarks.quality):
        parts |= vars(module)
    return SimpleNamespace(**parts)


def _figure(quality: SimpleNamespace, values: list[float]) -> Any:
    rows = np.array(values)
    return quality.Figure(float(rows.mean()), 0.0, 0.0, rows, np.mean)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Papers that say what they need and reviewers who offer it, or do not."""
    folder = tmp_path / "data" / "gold_reviewers"
    folder.mkdir(parents=True)
    (folder.parent / "metrics.py").write_text(METRICS)
    subjects = ["rivers and floods", "old violins", "bird migration", "train timetables"]
    people = [
        {"id": f"p{place}", "needs": [f"a study of {subject}"]} for place, subject in enumerate(subjects)
    ]
    people += [
        {"id": f"r{place}", "offers": [f"years of work on {subject}"]}
        for place, subject in enumerate(subjects)
    ]
    (folder / "attendees.jsonl").write_text("\n".join(json.dumps(person) for person in people))
    pairs = [(paper, reviewer) for paper in range(4) for reviewer in range(4)]
    rows = [f"p{paper},r{reviewer}" for paper, reviewer in pairs]
    (folder / "pairs.csv").write_text("\n".join(["a,b", *rows]))
    truth = [f"p{paper},r{reviewer},{5 if paper == reviewer else 1}" for paper, reviewer in pairs]
    (folder / "truth.csv").write_text("\n".join(["a,b,expertise", *truth]))
    return folder.parent


def test_the_real_commands_are_run_and_everything_stands_side_by_side(
    quality: SimpleNamespace, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTREMISE_EVALUATION_DATA", str(data))
    done = CliRunner().invoke(quality.command, ["--sets", "gold_reviewers", "--encoder", "lexical", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout.splitlines()[-1])["sets"]["gold_reviewers"]
    assert found["ours"]["loss"][0] == 0
    assert found["baselines"]["tfidf"]["loss"][0] == 0.5
    assert found["minus_tfidf"]["loss"] == [-0.5, -0.5, -0.5]
    assert found["goals"] == {"loss": {"at": 0.2, "reached": True}}
    assert "reached" in done.stderr


@pytest.mark.parametrize("folder", [None, "empty"])
def test_without_the_data_it_says_what_to_set(
    quality: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str | None
) -> None:
    monkeypatch.delenv("ENTREMISE_EVALUATION_DATA", raising=False)
    if folder:
        monkeypatch.setenv("ENTREMISE_EVALUATION_DATA", str(tmp_path))
    done = CliRunner().invoke(quality.command, [])
    assert done.exit_code == 2
    assert "ENTREMISE_EVALUATION_DATA" in done.output
    assert "metrics.py" in done.output


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40), st.floats(-0.5, 0.5))
def test_the_difference_is_taken_on_the_same_persons(values: list[float], shift: float) -> None:
    import sys

    sys.path.insert(0, str(ROOT))
    try:
        import benchmarks.quality_figures as figures
    finally:
        sys.path.remove(str(ROOT))
    one = figures.Figure(float(np.mean(values)), 0.0, 0.0, np.array(values), np.mean)
    other = figures.Figure(float(np.mean(values)) + shift, 0.0, 0.0, np.array(values) + shift, np.mean)
    found = figures.difference(other, one, draws=50)
    # However much persons differ from each other, what is the same for each of them has no interval.
    assert [found.value, found.low, found.high] == pytest.approx([shift] * 3, abs=1e-9)


def test_a_difference_by_chance_has_zero_in_its_interval_and_a_real_one_has_not(
    quality: SimpleNamespace,
) -> None:
    rng = np.random.default_rng(0)
    base, noise = rng.random(200), rng.normal(0, 0.1, 200)
    chance = quality.difference(_figure(quality, base + noise - noise.mean()), _figure(quality, base))
    real = quality.difference(_figure(quality, base + noise + 0.1), _figure(quality, base))
    assert chance.low < 0 < chance.high
    assert 0 < real.low < real.value < real.high
    with pytest.raises(ValueError, match="different persons"):
        quality.difference(_figure(quality, [0.1, 0.2]), _figure(quality, [0.1]))


def test_a_goal_may_be_above_or_below_and_another_for_english(quality: SimpleNamespace) -> None:
    loss = quality.Goal("loss", 0.20, english=0.165, sense="lower")
    assert loss.reached(0.19, "default") is True
    assert loss.reached(0.19, "english") is False
    assert quality.Goal("AUC", 0.9).reached(0.89, "english") is False
    assert quality.Goal("AUC").reached(0.89, "default") is None
    assert not math.isnan(loss.wanted("english"))


def test_only_the_section_of_the_encoder_is_written_anew(quality: SimpleNamespace) -> None:
    page = (ROOT / "benchmarks" / "README.md").read_text()
    written = quality.with_section(page, "default", "| a | \\1 |")
    assert "<!-- quality default -->\n| a | \\1 |\n<!-- end of quality default -->" in written
    assert (
        written.split("<!-- end of quality default -->")[1]
        == page.split("<!-- end of quality default -->")[1]
    )
    assert quality.with_section(written, "default", "| a | \\1 |") == written
    with pytest.raises(ValueError, match="no section"):
        quality.with_section("# Benchmarks", "default", "| a |")


def test_every_set_names_figures_and_baselines_that_there_are(quality: SimpleNamespace) -> None:
    assert isinstance(quality.SETS, dict)
    for one in quality.SETS.values():
        assert set(one.baselines) <= {"random", "rule", "tfidf", "lsa"}
        assert one.goals
        assert bool(one.learnt_goals) == one.learn
        assert not one.text or "tfidf" in one.baselines


def test_the_module_is_what_make_quality_runs() -> None:
    assert "python -m benchmarks.quality $(ARGS)" in (ROOT / "Makefile").read_text()
