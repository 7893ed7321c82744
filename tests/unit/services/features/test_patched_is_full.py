"""The law of incremental results: after any sequence of changes, what recipients hold is what a full pass gives."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import EVERYTHING
from hall import Hall
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from entremise.plugin.storage.sql import open_store

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
        self.hall.run()
        self.check()

    def check(self) -> None:
        assert self.hall.compute("connections") is None
        anew = self.hall.compute("connections", anew=True)
        assert anew is not None
        assert self.hall.held() == {ref: payload for ref, payload in anew.payloads.items() if payload}


@pytest.mark.hypothesis
def test_patched_results_equal_full_ones_after_any_sequence_of_changes() -> None:
    few = settings(max_examples=settings.default.max_examples // 2, stateful_step_count=20)
    run_state_machine_as_test(Changes, settings=few)  # type: ignore[no-untyped-call]
