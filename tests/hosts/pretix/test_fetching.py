"""Reading pretix with our own token: orders, what is gone, what was missed, and what goes wrong."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from builders import NOON
from hypothesis import given
from hypothesis import strategies as st
from local_http import Reply
from recorded_pretix import EVENT, TOKEN, Pretix, answer, context_for, serving_pretix

from entremise.hooks.hosts.pretix.host import PretixHost
from entremise.plugin.domain.errors import HostError, HostRejected, HostUnauthorized, HostUnavailable
from entremise.plugin.domain.events import (
    AttendeeCheckedIn,
    AttendeeErased,
    AttendeeLeft,
    AttendeeRegistered,
    CheckInReversed,
    Hint,
    HostEventUpdated,
    RegistrationCancelled,
)

HOST = PretixHost()
ADA = Hint("order:demo/ETJRV")


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_a_hinted_order_is_read_with_our_token_and_cancelled_tickets_are_asked_for(pretix: Pretix) -> None:
    happened = HOST.fetch(ADA, context_for(pretix, known=("ETJRV-1",)))
    assert [type(one) for one in happened] == [AttendeeRegistered, AttendeeLeft]
    assert pretix.asked[0] == ("GET", f"{EVENT}/orders/ETJRV/")
    assert TOKEN not in json.dumps(pretix.asked), "the token travels in a header"


def test_an_order_that_pretix_deleted_erases_whom_we_hold_of_it(pretix: Pretix) -> None:
    del pretix.orders["ETJRV"]
    happened = HOST.fetch(ADA, context_for(pretix, known=("ETJRV-1", "ETJRV-2", "TPPXW-1")))
    assert all(isinstance(one, AttendeeErased) for one in happened)
    assert [one.attendee for one in happened if isinstance(one, AttendeeErased)] == ["ETJRV-1", "ETJRV-2"]


def test_a_wrong_address_erases_nobody(pretix: Pretix) -> None:
    pretix.answers_instead = lambda _: Reply(404, b"<html>no such page</html>")
    with pytest.raises(HostError):
        HOST.fetch(ADA, context_for(pretix, known=("ETJRV-1",)))


def test_a_host_event_that_is_no_longer_chosen_is_left_alone(pretix: Pretix) -> None:
    assert HOST.fetch(ADA, context_for(pretix, events=["other"])) == []
    assert pretix.asked == [], "nothing of it reached pretix"


def test_the_facts_about_the_host_event_are_read(pretix: Pretix) -> None:
    (happened,) = HOST.fetch(Hint("hostevent:demo"), context_for(pretix, now=NOON))
    assert isinstance(happened, HostEventUpdated)
    assert happened.name == "Entremise Test Conference"
    assert happened.organisation == "entremise"
    assert happened.languages == ("en", "de", "fr")
    assert happened.ends_at == at("2026-12-25T01:55:47Z")


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [(401, {}, HostUnauthorized), (403, {}, HostUnauthorized), (429, {"Retry-After": "7"}, HostUnavailable),
     (500, {}, HostUnavailable), (503, {}, HostUnavailable), (408, {}, HostUnavailable), (400, {}, HostRejected),
     (302, {"Location": "http://169.254.169.254/"}, HostRejected)],
)  # fmt: skip
def test_a_status_means_what_it_means_everywhere(
    pretix: Pretix, status: int, headers: dict[str, str], error: type[HostError]
) -> None:
    listed = json.dumps({"results": [answer("event")], "next": None}).encode()
    pretix.answers_instead = lambda asked: (
        Reply(200, listed)
        if asked.path.split("?")[0].endswith("/events/")
        else Reply(status, headers=headers)
    )
    with pytest.raises(error) as caught:
        HOST.fetch(ADA, context_for(pretix))
    if isinstance(caught.value, HostUnavailable) and status == 429:
        assert caught.value.retry_after == 7.0


def test_one_host_event_that_the_token_may_not_see_stops_no_other(pretix: Pretix) -> None:
    with pytest.raises(HostRejected, match="may not see"):
        HOST.fetch(Hint("order:gone/ETJRV"), context_for(pretix))


def test_nobody_at_home_is_unavailable(pretix: Pretix) -> None:
    with serving_pretix(Pretix()) as closed:
        context = context_for(closed)
    with pytest.raises(HostUnavailable):
        HOST.fetch(ADA, context)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_BODIES = st.binary(max_size=40) | st.one_of(
    _VALUES,
    st.fixed_dictionaries({"results": _VALUES, "next": _VALUES}),
    st.builds(lambda name, value: {**answer("order"), name: value}, st.sampled_from(sorted(answer("order"))), _VALUES),
    st.builds(
        lambda name, value: {**answer("order"), "positions": [{**answer("orderposition"), name: value}]},
        st.sampled_from(sorted(answer("orderposition"))), _VALUES,
    ),
).map(lambda value: json.dumps(value).encode())  # fmt: skip


@pytest.mark.hypothesis
def test_whatever_pretix_answers_is_understood_or_a_host_error(pretix: Pretix) -> None:
    @given(_BODIES, st.sampled_from([200, 200, 200, 404, 201, 204]))
    def holds(body: bytes, status: int) -> None:
        pretix.answers_instead = lambda _: Reply(status, b"" if status == 204 else body)
        context = context_for(pretix, known=("ETJRV-1",))
        for ask in (
            lambda: HOST.fetch(ADA, context),
            lambda: list(HOST.reconcile(None, context)),
            lambda: HOST.check(context),
        ):
            try:
                ask()
            except HostError:
                continue

    holds()


def test_the_first_pass_compares_everything(pretix: Pretix) -> None:
    context = context_for(pretix, known=("TPPXW-1", "GONE1-1", "GONE1-2"))
    found = list(HOST.reconcile(None, context))
    assert isinstance(found[0], HostEventUpdated)
    registered = {one.attendee for one in found if isinstance(one, AttendeeRegistered)}
    expected = {
        f"{order['code']}-{position['positionid']}"
        for order in pretix.orders.values()
        for position in order["positions"]
        if order["status"] == "p"
    }
    assert registered == expected
    assert [one for one in found if isinstance(one, Hint)] == [Hint("order:demo/GONE1")]


def test_a_pass_of_the_same_day_reads_only_what_changed(pretix: Pretix) -> None:
    since = at("2026-11-23T01:55:56.300000Z") + 300.0
    found = list(HOST.reconcile(since, context_for(pretix, known=("TPPXW-1", "GONE1-1"), now=since + 120)))
    assert {one.attendee for one in found if isinstance(one, AttendeeRegistered)} == {
        f"{order['code']}-1"
        for order in pretix.orders.values()
        if order["status"] == "p" and order["last_modified"] >= "2026-11-23T01:55:56.3"
    }
    assert [one for one in found if isinstance(one, Hint)] == [ADA], (
        "annulled lately; the vanished wait for a new day"
    )


def test_the_first_pass_of_a_day_compares_everything_again(pretix: Pretix) -> None:
    now = at("2026-12-01T00:00:30Z")
    found = list(HOST.reconcile(now - 120, context_for(pretix, known=("GONE1-1",), now=now)))
    assert Hint("order:demo/GONE1") in found


def test_a_clock_that_is_behind_ours_hides_nothing(pretix: Pretix) -> None:
    now, pretix.clock = at("2026-11-23T10:00:00Z"), "2026-11-23T02:00:00.5Z"
    pretix.orders["TPPXW"]["last_modified"] = "2026-11-23T01:59:00Z"
    found = list(HOST.reconcile(now - 120, context_for(pretix, known=("TPPXW-1",), now=now)))
    assert "TPPXW-1" in {one.attendee for one in found if isinstance(one, AttendeeRegistered)}


def test_what_is_long_over_is_only_looked_at_while_we_hold_people_of_it(pretix: Pretix) -> None:
    now = at("2027-06-01T12:00:00Z")
    assert list(HOST.reconcile(now - 120, context_for(pretix, known=("TPPXW-1",), now=now))) == []
    assert list(HOST.reconcile(None, context_for(pretix, now=now))) == []
    found = list(HOST.reconcile(None, context_for(pretix, known=("TPPXW-1",), now=now)))
    assert any(isinstance(one, AttendeeRegistered) for one in found)


def test_an_annulled_check_in_is_looked_up(pretix: Pretix) -> None:
    row = next(one for one in pretix.checkins if one["position"] == 1 and one["type"] == "entry")
    row.update(successful=False, error_reason="annulled")
    pretix.orders["ETJRV"]["positions"][0]["checkins"] = []
    now = at(row["created"]) + 20 * 60
    found = list(HOST.reconcile(now - 120, context_for(pretix, known=("ETJRV-1",), now=now)))
    assert ADA in found
    assert any(
        isinstance(one, CheckInReversed) for one in HOST.fetch(ADA, context_for(pretix, known=("ETJRV-1",)))
    )


def test_a_scan_whose_webhook_was_lost_is_found(pretix: Pretix) -> None:
    now = at("2026-11-25T12:00:00Z")
    pretix.orders["TPPXW"]["positions"][0]["checkins"] = [
        {"id": 77, "datetime": "2026-11-25T11:59:00Z", "list": 1, "type": "entry"}
    ]
    found = list(HOST.reconcile(now - 120, context_for(pretix, known=("TPPXW-1",), now=now)))
    assert [one.attendee for one in found if isinstance(one, AttendeeCheckedIn)] == ["TPPXW-1"]


def test_orders_that_never_counted_are_passed_over(pretix: Pretix) -> None:
    for order in pretix.orders.values():
        order["status"] = "c"
    found = list(HOST.reconcile(None, context_for(pretix)))
    assert [type(one) for one in found] == [HostEventUpdated]
    found = list(HOST.reconcile(None, context_for(pretix, known=("ETJRV-1",))))
    assert [type(one) for one in found] == [HostEventUpdated, RegistrationCancelled]


def test_long_lists_are_read_to_their_end_without_following_addresses(pretix: Pretix) -> None:
    model = pretix.orders["TPPXW"]
    for number in range(230):
        code = f"N{number:04d}"
        pretix.orders[code] = {**model, "code": code}
    found = list(HOST.reconcile(None, context_for(pretix)))
    assert sum(isinstance(one, AttendeeRegistered) for one in found) >= 230
    assert pretix.asked.count(("GET", f"{EVENT}/orders/")) == 3


def test_no_host_event_at_all_is_the_credentials_fault(pretix: Pretix) -> None:
    with pytest.raises(HostUnauthorized):
        list(HOST.reconcile(None, context_for(pretix, events=["other"])))


def test_check_says_what_the_token_may_do_and_what_nobody_mapped(pretix: Pretix) -> None:
    line = HOST.check(context_for(pretix))
    assert "reads and changes orders" in line
    assert "INTERESTS" in line
    assert "not mapped: PEOPLETOMEET" in line
    assert "personal link goes into ENTREMISE" in line
    assert "no question HERE" in HOST.check(context_for(pretix, link_question="HERE"))
    assert pretix.written == [("/orders/0/", {})] * 2, "trying it changes nothing"


def test_check_finds_a_token_that_may_only_read(pretix: Pretix) -> None:
    pretix.forbidden.add(f"{EVENT}/orders/0/")
    with pytest.raises(HostUnauthorized, match="orders:write"):
        HOST.check(context_for(pretix))
