"""Of many who use a code at the same moment only as many get in as it serves; a signed request counts once. Both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from builders import NOON

from entremise.plugin.services.connections_port import Invitation
from entremise.plugin.storage.sql import SqlStore

ASKING = 8


def test_a_code_serves_no_more_often_than_it_may(any_store: SqlStore) -> None:
    invitation = Invitation("one", "Shop", ("https://shop.example",), (), 3, 3, NOON, NOON + 60)
    with any_store.begin() as unit:
        unit.invitations.add(invitation, "h" * 64)

    def redeem(_: int) -> bool:
        with any_store.begin() as unit:
            return unit.invitations.redeem("h" * 64, now=NOON) is not None

    with ThreadPoolExecutor(ASKING) as threads:
        assert sum(threads.map(redeem, range(ASKING))) == 3
    with any_store.snapshot() as unit:
        assert [found.left for found in unit.invitations.list()] == [0]


def test_a_signed_request_is_used_once_however_often_it_comes_at_once(any_store: SqlStore) -> None:
    def use(_: int) -> bool:
        with any_store.begin() as unit:
            return unit.connections.use_once("inst", "d" * 64, now=NOON)

    with ThreadPoolExecutor(ASKING) as threads:
        assert sum(threads.map(use, range(ASKING))) == 1


def test_invitations_come_back_as_they_were_and_go_when_they_are_long_over(any_store: SqlStore) -> None:
    kept = Invitation(
        "one", "Shop", ("https://a.example/é", "https://b.example"), ("10.0.0.0/8",), 2, 2, NOON, NOON + 60
    )
    with any_store.begin() as unit:
        unit.invitations.add(kept, "a" * 64)
        assert unit.invitations.redeem("b" * 64, now=NOON) is None
        assert unit.invitations.redeem("a" * 64, now=NOON + 60) is None
        assert unit.invitations.list() == [kept]
        assert unit.invitations.end("one")
        assert not unit.invitations.end("two")
        assert unit.invitations.redeem("a" * 64, now=NOON) is None
        assert unit.invitations.expire(before=NOON + 60) == 0
        assert unit.invitations.expire(before=NOON + 61) == 1
        assert not unit.invitations.list()
