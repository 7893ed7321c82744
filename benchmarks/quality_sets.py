"""Which evaluation set is asked of which command, and what is hoped for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Sense = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure of the scorer's and where it should be. ``english`` is another goal for the English encoder."""

    figure: str
    at: float | None = None
    english: float | None = None
    sense: Sense = "higher"

    def wanted(self, encoder: str) -> float | None:
        """Return the goal for this encoder, ``None`` where figures are only reported."""
        return self.english if encoder == "english" and self.english is not None else self.at

    def reached(self, value: float, encoder: str) -> bool | None:
        """Whether the figure is as good as hoped for; ``None`` where nothing is."""
        wanted = self.wanted(encoder)
        if wanted is None:
            return None
        return value <= wanted if self.sense == "lower" else value >= wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSet:
    """One set: its name here, the one that the scorer knows, its folder, the kind asked (``circle``: groups), and the goals.

    ``text`` sets must beat TF-IDF. ``pairs`` is ``None`` where all pairs are asked. ``rule`` says whether the scorer
    has a plain rule, and ``rule_reads_extra`` whether that rule reads what ours may not. ``learn`` adds runs with
    weights learnt on ten folds of whole persons.
    """

    name: str
    scorer: str
    folder: str
    kind: str
    goals: tuple[Goal, ...]
    pairs: str | None = "pairs.csv"
    decisions: str | None = None
    text: bool = False
    baselines: tuple[str, ...] = ("random", "tfidf", "lsa")
    rule_reads_extra: bool = False
    learn: bool = False
    note: str = ""
    learnt_goals: tuple[Goal, ...] = field(default=())


def _connections(year: int, mrr: float, auc: float) -> EvaluationSet:
    return EvaluationSet(
        name=f"epsa_connections_{year}", scorer="epsa_connections", folder=f"epsa/{year}", kind="connection",
        goals=(Goal("MRR", mrr), Goal("AUC", auc)), pairs=None, text=True,
    )  # fmt: skip


def _experts(year: int) -> EvaluationSet:
    return EvaluationSet(
        name=f"epsa_experts_{year}", scorer="epsa_experts", folder=f"epsa/{year}/experts", kind="expert",
        goals=(Goal("R@10", 0.40), Goal("MRR")), text=True,
    )  # fmt: skip


def _groups(year: int, precision: float) -> EvaluationSet:
    return EvaluationSet(
        name=f"epsa_groups_{year}", scorer="epsa_groups", folder=f"epsa/{year}", kind="circle", pairs=None, text=True,
        goals=(Goal("pair_precision", precision), Goal("similarity_ratio", 1.5)),
        note="How the worth of two people in a circle is made up was chosen on 2019." if year == 2019 else "",
    )  # fmt: skip


SETS: dict[str, EvaluationSet] = {
    one.name: one
    for one in (
        EvaluationSet(
            name="gold_reviewers", scorer="gold_reviewers", folder="gold_reviewers", kind="expert", text=True,
            goals=(Goal("loss", 0.20, english=0.165, sense="lower"),),
        ),
        _connections(2019, 0.37, 0.90),
        _connections(2022, 0.28, 0.87),
        _experts(2019),
        _experts(2022),
        _groups(2019, 0.16),
        _groups(2022, 0.12),
        EvaluationSet(
            name="lazega_advice", scorer="lazega_advice", folder="lazega_advice", kind="mentorship",
            goals=(Goal("AUC", 0.83),), baselines=("random", "rule"), rule_reads_extra=True, learn=True,
            learnt_goals=(Goal("AUC", 0.87),),
        ),
        EvaluationSet(
            name="speed_dating", scorer="speed_dating", folder="speed_dating", kind="connection",
            goals=(Goal("AUC"),), baselines=("random", "tfidf", "rule"), rule_reads_extra=True,
        ),
        EvaluationSet(
            name="speed_dating_warm", scorer="speed_dating_warm", folder="speed_dating", kind="connection",
            goals=(Goal("AUC", 0.73),), pairs="warm_pairs.csv", decisions="warm_decisions.csv",
            baselines=("random", "rule"),
        ),
        EvaluationSet(
            name="mentor_match", scorer="mentor_match", folder="mentor_match", kind="mentorship",
            goals=(Goal("AUC"),), baselines=("random", "tfidf", "rule"), rule_reads_extra=True,
            note="Its skips come from an earlier recommender: never proof that overlap is good or bad.",
        ),
        EvaluationSet(
            name="contacts", scorer="contacts", folder="conference_contacts", kind="connection",
            goals=(Goal("AUC"),), pairs=None, baselines=("random", "tfidf", "rule"), rule_reads_extra=True,
            note="Badge sensors show mingling, not usefulness.",
        ),
    )
}  # fmt: skip
