"""The receiving host's ledger: newest wins, repeats are counted, second effects are found out."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from entremise.plugin.demo.held import Arrival, HeldResults


def arrival(sequence: int, payload: dict[str, Any] | None, *, id_: str | None = None) -> Arrival:
    return Arrival(id_ or f"key/{sequence}", "conf", "ann", "connections", sequence, payload)


def ledger() -> HeldResults:
    return HeldResults(Path(":memory:"))


def test_a_later_result_replaces_an_earlier_one() -> None:
    results = ledger()
    assert results.apply([arrival(1, {"list": [1]}), arrival(2, {"list": [2]})], at=5.0) == [
        "applied",
        "applied",
    ]
    assert results.held("conf") == {("ann", "connections"): {"list": [2]}}
    assert results.held("elsewhere") == {}


def test_a_withdrawn_result_is_not_held() -> None:
    results = ledger()
    results.apply([arrival(1, {"list": [1]}), arrival(2, None)], at=5.0)
    assert results.held("conf") == {}


def test_the_same_key_again_is_a_resend_without_effect() -> None:
    results = ledger()
    results.apply([arrival(1, {"list": [1]})], at=5.0)
    assert results.apply([arrival(1, {"list": [1]})], at=6.0) == ["resent"]
    assert results.effects() == {"applied": 1, "resent": 1}


def test_an_overtaken_result_changes_nothing() -> None:
    results = ledger()
    results.apply([arrival(3, {"list": [3]})], at=5.0)
    assert results.apply([arrival(2, {"list": [2]})], at=6.0) == ["superseded"]
    assert results.held("conf") == {("ann", "connections"): {"list": [3]}}


def test_a_second_effect_of_one_key_is_doubled() -> None:
    results = ledger()
    results.apply([arrival(1, {"list": [1]}, id_="one")], at=5.0)
    assert results.apply([arrival(2, {"list": [1]}, id_="one")], at=6.0) == ["doubled"]


def test_one_revision_with_two_contents_is_doubled() -> None:
    results = ledger()
    results.apply([arrival(1, {"list": [1]})], at=5.0)
    assert results.apply([arrival(1, {"list": [2]})], at=6.0) == ["doubled"]


def test_the_first_result_with_a_part_is_found() -> None:
    results = ledger()
    results.apply([arrival(1, {"suggestions": []})], at=5.0)
    results.apply([arrival(2, {"here_now": [], "suggestions": []})], at=6.0)
    results.apply([arrival(3, {"here_now": [], "suggestions": [1]})], at=7.0)
    assert results.first_with("conf", "here_now") == {"ann": 6.0}
    assert results.last_arrival() == 7.0


@given(order=st.permutations([1, 1, 2, 3, 3, 4]))
def test_whatever_the_order_the_newest_is_held_and_nothing_doubles(order: list[int]) -> None:
    results = ledger()
    for sequence in order:
        results.apply([arrival(sequence, {"list": [sequence]})], at=1.0)
    assert results.held("conf") == {("ann", "connections"): {"list": [4]}}
    assert results.effects()["doubled"] == 0
    results.close()
