"""The law of incremental results: after any sequence of changes, everybody is ranked as a full pass ranks them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from builders import EVERYTHING
from hall import Hall
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from entremise.plugin.services import vectors
from entremise.plugin.services.state import unpack
from entremise.plugin.storage.sql import open_store

LISTED = ("connections", "peers", "experts")

REFS = [f"a{number}" for number in range(14)]
TOPICS = ["vélo", "vélo urbain", "data ethics", "éthique des données", "tricot", "logistique", "apiculture"]
some_topics = st.lists(st.sampled_from(TOPICS), max_size=2, unique=True).map(tuple)
people = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Ana", "Bob", "Éve"]),
        "languages": st.sampled_from([(), ("fr",), ("en",), ("fr", "en")]),
        "organisation": st.sampled_from([None, "Atelier Nord", "Banc Sud"]),
        "mode": st.sampled_from([None, "on_site", "remote"]),
        "needs": some_topics,
        "offers": some_topics,
        "interests": some_topics,
        "challenges": some_topics,
        "bio": st.sampled_from(["", "Je construis des vélos cargo à Nantes", "Vélos cargo et ruches"]),
        "consent": st.sampled_from(
            [EVERYTHING] * 4 + [replace(EVERYTHING, matching=False), replace(EVERYTHING, presence=False)]
        ),
        "visible": st.sampled_from(
            [("interests", "needs", "offers", "bio", "languages"), ("interests",), ()]
        ),
        "hidden_for_matching": st.booleans(),
    }
)


class Changes(RuleBasedStateMachine):
    """People come, change, arrive, leave, quarrel and go; passes run whenever."""

    def __init__(self) -> None:
        super().__init__()
        self.store = open_store("sqlite://")
        self.hall = Hall(self.store)

    def teardown(self) -> None:
        self.run()
        self.store.dispose()

    @initialize(crowd=st.lists(st.tuples(st.sampled_from(REFS), people), min_size=6, max_size=20))
    def begin(self, crowd: list[tuple[str, dict[str, object]]]) -> None:
        for ref, profile in crowd:
            self.hall.put(ref, **profile)

    @rule(ref=st.sampled_from(REFS), profile=people)
    def change(self, ref: str, profile: dict[str, object]) -> None:
        self.hall.put(ref, **profile)

    @rule(refs=st.lists(st.sampled_from(REFS), max_size=6), here=st.booleans())
    def move(self, refs: list[str], here: bool) -> None:
        known = [ref for ref in refs if ref in self.hall.people]
        (self.hall.arrive if here else self.hall.leave)(*known)

    @rule(ref=st.sampled_from(REFS), opted_out=st.booleans())
    def opt(self, ref: str, opted_out: bool) -> None:
        if ref in self.hall.people:
            self.hall.opt_out(ref, opted_out)

    @rule(
        one=st.sampled_from(REFS),
        other=st.sampled_from(REFS),
        verdict=st.sampled_from(["blocked", "accepted"]),
    )
    def judge(self, one: str, other: str, verdict: str) -> None:
        if one != other and one in self.hall.people:
            self.hall.say(one, verdict, other)  # type: ignore[arg-type]

    @rule(ref=st.sampled_from(REFS))
    def erase(self, ref: str) -> None:
        if ref in self.hall.people:
            self.hall.erase(ref)

    @rule(length=st.integers(1, 4), told=st.booleans())
    def switch(self, length: int, told: bool) -> None:
        self.hall.settings |= {"connections.list_length": length, "connections.here_now": told}

    @rule()
    def run(self) -> None:
        for feature in LISTED:
            self.hall.run(feature)
        self.check()

    def check(self) -> None:
        for feature in LISTED:
            assert self.hall.compute(feature) is None
            kept, anew = self.hall.left(feature), self.hall.compute(feature, anew=True)
            assert anew is not None
            _, full = unpack(anew.state)
            # Before anybody is lifted or capped: what is shown also follows from what was shown before.
            for name in ("wide_owners", "wide_members", "wide_scores", "back_members", "here_members"):
                if name in full:
                    assert np.array_equal(kept[name], full[name]), (feature, name)
            self.check_rules(feature, full)

    def check_rules(self, feature: str, full: Mapping[str, Any]) -> None:
        """Whom a full pass would rank is whom lists may hold; nobody is shown too often, nor after leaving."""
        held = self.hall.held(feature)
        agreed = {ref for ref, person in self.hall.people.items() if person.agrees_to("matching")}
        shown = Counter(item["person"] for payload in held.values() for item in payload["suggestions"])
        assert held.keys() <= agreed
        assert shown.keys() <= agreed
        assert max(shown.values(), default=0) <= self.hall.settings[f"{feature}.cap"]
        for ref, payload in held.items():
            listed = [item["person"] for item in payload["suggestions"]]
            assert len(listed) <= self.hall.settings[f"{feature}.list_length"]
            assert len(set(listed) | {ref}) == len(listed) + 1
            spoken = set(self.hall.people[ref].profile.languages)
            for other in listed:
                theirs = set(self.hall.people[other].profile.languages)
                assert not spoken or not theirs or spoken & theirs


@pytest.mark.hypothesis
def test_patched_results_equal_full_ones_after_any_sequence_of_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As for many people: the space stays as it was fitted, and lists are patched.
    monkeypatch.setattr(vectors, "ALWAYS_UP_TO", 0)
    few = settings(max_examples=settings.default.max_examples // 2, stateful_step_count=20)
    run_state_machine_as_test(Changes, settings=few)  # type: ignore[no-untyped-call]
