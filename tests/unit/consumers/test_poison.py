"""When to stop a source that brings nothing usable."""

from __future__ import annotations

import pytest

from entremise.consumers.poison import PoisonPolicy
from entremise.plugin.domain.errors import ConfigurationError


def test_too_many_undecodable_records_in_a_row_stop_the_source_and_say_why() -> None:
    policy = PoisonPolicy(limit=10)
    policy.see("t", good=0, undecodable=9, reason="the value is empty")
    with pytest.raises(ConfigurationError, match=r"10 records in a row of topic t .*the value is empty"):
        policy.see("t", good=0, undecodable=1, reason="the value is empty")


def test_a_usable_record_ends_the_row() -> None:
    policy = PoisonPolicy(limit=10)
    for _ in range(20):
        policy.see("t", good=0, undecodable=9, reason="x")
        policy.see("t", good=1, undecodable=400, reason="x")


def test_rows_are_counted_by_topic() -> None:
    policy = PoisonPolicy(limit=10)
    policy.see("a", good=0, undecodable=9, reason="x")
    policy.see("b", good=0, undecodable=9, reason="x")


def test_a_quiet_topic_does_not_end_its_row() -> None:
    policy = PoisonPolicy(limit=10)
    policy.see("a", good=0, undecodable=9, reason="x")
    policy.see("b", good=5, undecodable=0, reason="")
    with pytest.raises(ConfigurationError):
        policy.see("a", good=0, undecodable=1, reason="x")
