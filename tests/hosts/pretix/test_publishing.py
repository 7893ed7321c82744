"""Writing back: notes by place in the order, a link in one answer, and never a word of anybody else lost."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_http import Asked, Reply
from recorded_pretix import EVENT, Pretix, context_for

from entremise.hooks.hosts.pretix.host import PretixHost
from entremise.hooks.hosts.pretix.publishing import merged
from entremise.plugin.domain.errors import HostError, HostRejected, HostUnauthorized, HostUnavailable
from entremise.plugin.domain.events import AttendeeRegistered, Hint
from entremise.plugin.domain.suggestions import Result

HOST = PretixHost()


def a_result(
    ref: str = "ETJRV-1",
    *,
    feature: str = "connections",
    revision: int = 1,
    payload: dict[str, Any] | str | None = "x",
) -> Result:
    held: Any = {"suggestions": [f"{feature} {revision}"]} if payload == "x" else payload
    return Result("inst", "demo", ref, feature, revision, held)


def publish(pretix: Pretix, *results: Result, **config: Any) -> Sequence[HostError | None]:
    return HOST.publish(results, context_for(pretix, **config))


def notes(pretix: Pretix, code: str = "ETJRV") -> Any:
    return pretix.orders[code]["api_meta"]


def answers(pretix: Pretix, code: str = "ETJRV") -> dict[str, str]:
    return {
        row["question_identifier"]: row["answer"] for row in pretix.orders[code]["positions"][0]["answers"]
    }


def test_a_result_stands_in_the_orders_notes_and_the_link_under_the_ticket(pretix: Pretix) -> None:
    before = copy.deepcopy(pretix.orders["ETJRV"]["positions"][0]["answers"])
    pretix.orders["ETJRV"]["api_meta"] = {"ledger": {"id": 7}}
    assert publish(pretix, a_result(), a_result(feature="mentorship", revision=4)) == [None, None]
    assert notes(pretix) == {
        "ledger": {"id": 7},
        "entremise": {"1": {
            "connections": {"by": "inst", "revision": 1, "result": {"suggestions": ["connections 1"]}},
            "mentorship": {"by": "inst", "revision": 4, "result": {"suggestions": ["mentorship 4"]}},
        }},
    }  # fmt: skip
    after = pretix.orders["ETJRV"]["positions"][0]["answers"]
    assert after[:-1] == before, "every other answer is as it was"
    assert after[-1]["question_identifier"] == "ENTREMISE"
    assert after[-1]["answer"] == "People you could meet, and why: https://entremise.example/me/demo.ETJRV-1"


def test_the_attendee_reads_the_language_of_the_order(pretix: Pretix) -> None:
    pretix.orders["ETJRV"]["locale"] = "fr"
    publish(pretix, a_result())
    assert answers(pretix)["ENTREMISE"].startswith("Qui rencontrer, et pourquoi : https://")


def test_the_same_again_writes_nothing(pretix: Pretix) -> None:
    publish(pretix, a_result())
    written = len(pretix.written)
    assert publish(pretix, a_result()) == [None]
    assert len(pretix.written) == written == 2


def test_a_new_revision_rewrites_the_notes_but_not_the_link(pretix: Pretix) -> None:
    publish(pretix, a_result())
    pretix.written.clear()
    publish(pretix, a_result(revision=2))
    assert [path for path, _ in pretix.written] == ["/orders/ETJRV/"]


def test_a_late_attempt_never_overwrites_a_newer_revision(pretix: Pretix) -> None:
    publish(pretix, a_result(revision=3))
    assert publish(pretix, a_result(revision=2)) == [None]
    assert notes(pretix)["entremise"]["1"]["connections"]["revision"] == 3


def test_a_service_set_up_anew_starts_over(pretix: Pretix) -> None:
    pretix.orders["ETJRV"]["api_meta"] = {
        "entremise": {"1": {"connections": {"by": "a former installation", "revision": 90, "result": {}}}}
    }
    publish(pretix, a_result())
    assert notes(pretix)["entremise"]["1"]["connections"]["by"] == "inst"


def test_a_withdrawal_takes_everything_of_ours_away(pretix: Pretix) -> None:
    before = copy.deepcopy(pretix.orders["ETJRV"]["positions"][0]["answers"])
    pretix.orders["ETJRV"]["api_meta"] = {"ledger": 1}
    publish(pretix, a_result(), a_result(feature="mentorship"))
    publish(pretix, a_result(revision=2, payload=None))
    assert set(notes(pretix)["entremise"]["1"]) == {"mentorship"}
    assert "ENTREMISE" in answers(pretix), "there is still something behind the link"
    publish(pretix, a_result(feature="mentorship", revision=2, payload=None))
    assert notes(pretix) == {"ledger": 1}
    assert pretix.orders["ETJRV"]["positions"][0]["answers"] == before


def test_our_own_write_read_again_changes_nothing(pretix: Pretix) -> None:
    def profile() -> Any:
        happened = HOST.fetch(Hint("order:demo/ETJRV"), context_for(pretix, known=("ETJRV-1",)))
        return next(one.profile for one in happened if isinstance(one, AttendeeRegistered))

    before = profile()
    publish(pretix, a_result())
    assert profile() == before


def test_without_the_question_only_the_notes_are_written(pretix: Pretix) -> None:
    pretix.questions.pop()
    assert publish(pretix, a_result()) == [None]
    assert [path for path, _ in pretix.written] == ["/orders/ETJRV/"]


@pytest.mark.parametrize("change", [{"type": "B"}, {"items": [99]}])
def test_a_question_that_cannot_take_the_link_is_left_alone(pretix: Pretix, change: dict[str, Any]) -> None:
    pretix.questions[-1].update(change)
    assert publish(pretix, a_result()) == [None]
    assert [path for path, _ in pretix.written] == ["/orders/ETJRV/"]


def test_no_link_is_wanted(pretix: Pretix) -> None:
    assert publish(pretix, a_result(), link_question="") == [None]
    assert [path for path, _ in pretix.written] == ["/orders/ETJRV/"]


def test_files_that_attendees_uploaded_are_kept(pretix: Pretix) -> None:
    pretix.questions.append(
        {"id": 91, "identifier": "CV", "type": "F", "items": [1], "options": [], "hidden": False}
    )
    pretix.orders["ETJRV"]["positions"][0]["answers"].append(
        {"question": 91, "answer": "https://pretix.example.org/api/v1/…/answer/91/", "question_identifier": "CV",
         "options": [], "option_identifiers": []}
    )  # fmt: skip
    publish(pretix, a_result())
    sent = next(body for path, body in pretix.written if path.startswith("/orderpositions/"))
    assert {"question": 91, "answer": "file:keep", "options": []} in sent["answers"]


def test_no_answer_is_lost_for_a_link(pretix: Pretix) -> None:
    row = pretix.orders["ETJRV"]["positions"][0]["answers"][0]
    row["options"], row["option_identifiers"] = [], []
    (outcome,) = publish(pretix, a_result())
    assert isinstance(outcome, HostRejected)
    assert "ENTREMISE" not in answers(pretix)
    assert "INTERESTS" in answers(pretix)


def test_an_edit_that_comes_while_we_write_is_kept(pretix: Pretix) -> None:
    ticket = pretix.orders["ETJRV"]["positions"][0]

    def edited_meanwhile(asked: Asked) -> Reply | None:
        if asked.method == "PATCH" and "/orders/" in asked.path:
            next(row for row in ticket["answers"] if row["question_identifier"] == "GOALS")["answer"] = (
                "Autre chose"
            )
        return None

    pretix.answers_instead = edited_meanwhile
    publish(pretix, a_result())
    assert answers(pretix)["GOALS"] == "Autre chose"
    assert "ENTREMISE" in answers(pretix)


def test_an_order_that_is_gone_holds_no_withdrawn_result_and_takes_no_new_one(pretix: Pretix) -> None:
    del pretix.orders["ETJRV"]
    withdrawn, new = publish(pretix, a_result(payload=None), a_result(feature="mentorship"))
    assert withdrawn is None
    assert isinstance(new, HostRejected)


def test_a_ticket_that_left_the_order_loses_its_notes(pretix: Pretix) -> None:
    pretix.orders["ETJRV"]["api_meta"] = {"entremise": {"7": {"connections": {"by": "inst", "revision": 1}}}}
    withdrawn, new = publish(pretix, a_result("ETJRV-7", revision=2, payload=None), a_result("ETJRV-8"))
    assert withdrawn is None
    assert isinstance(new, HostRejected)
    assert "entremise" not in notes(pretix)


def test_a_recipient_that_is_no_ticket_is_refused_alone(pretix: Pretix) -> None:
    strange, fine = publish(pretix, a_result("somebody"), a_result())
    assert isinstance(strange, HostRejected)
    assert fine is None


def test_one_look_at_an_order_serves_everybody_on_it(pretix: Pretix) -> None:
    second = copy.deepcopy(pretix.orders["ETJRV"]["positions"][0]) | {"id": 800, "positionid": 2}
    pretix.orders["ETJRV"]["positions"].append(second)
    wanted = [
        a_result(f"ETJRV-{place}", feature=feature)
        for place in (1, 2)
        for feature in ("connections", "mentorship")
    ]
    assert publish(pretix, *wanted) == [None] * 4
    assert pretix.asked.count(("GET", f"{EVENT}/orders/ETJRV/")) == 1
    assert [path for path, _ in pretix.written] == [
        "/orders/ETJRV/",
        "/orderpositions/1/",
        "/orderpositions/800/",
    ]
    assert set(notes(pretix)["entremise"]) == {"1", "2"}


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(401), HostUnauthorized),
        (Reply(429, headers={"Retry-After": "9"}), HostUnavailable),
        (Reply(503, headers={"Retry-After": "9"}), HostUnavailable),
    ],
)
def test_who_refuses_us_or_asks_for_quiet_is_left_alone(
    pretix: Pretix, reply: Reply, error: type[HostError]
) -> None:
    third = next(code for code in pretix.orders if code not in {"ETJRV", "TPPXW"})
    pretix.answers_instead = lambda asked: reply if "TPPXW" in asked.path else None
    first, second, last = publish(pretix, a_result(), a_result("TPPXW-1"), a_result(f"{third}-1"))
    assert first is None
    assert isinstance(second, error)
    assert isinstance(last, error)
    assert "entremise" in notes(pretix), "what was written before stands"
    assert not any(third in path for _, path in pretix.asked)


def test_one_order_that_is_locked_holds_up_no_other(pretix: Pretix) -> None:
    third = next(code for code in pretix.orders if code not in {"ETJRV", "TPPXW"})
    pretix.answers_instead = lambda asked: Reply(500) if "TPPXW" in asked.path else None
    first, second, last = publish(pretix, a_result(), a_result("TPPXW-1"), a_result(f"{third}-1"))
    assert first is last is None
    assert isinstance(second, HostUnavailable)


def test_a_pretix_that_is_away_is_not_asked_for_every_order(pretix: Pretix) -> None:
    pretix.answers_instead = lambda _: Reply(502)
    outcomes = publish(pretix, *(a_result(f"ORDER{number}-1") for number in range(6)))
    assert all(isinstance(outcome, HostUnavailable) for outcome in outcomes)
    assert len(pretix.asked) == 2


_NOTES = st.dictionaries(
    st.sampled_from(["entremise", "ledger", "crm"]),
    st.recursive(st.none() | st.integers() | st.text(max_size=4),
                 lambda inner: st.dictionaries(st.sampled_from(["1", "2", "x", "connections"]), inner, max_size=3)),
)  # fmt: skip
_RESULTS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.builds(
            lambda feature, revision, payload: Result("inst", "demo", "r", feature, revision, payload),
            st.sampled_from(["connections", "mentorship"]), st.integers(1, 4),
            st.none() | st.just({"suggestions": []}),
        ),
    ),
    max_size=5,
)  # fmt: skip


@given(_NOTES, _RESULTS)
def test_merging_twice_is_merging_once_and_touches_nothing_else(
    held: dict[str, Any], wanted: list[tuple[int, Result]]
) -> None:
    before = copy.deepcopy(held)
    # One attempt per cell is under way at a time, so a batch never holds two revisions of one.
    wanted = list({(place, result.feature): (place, result) for place, result in wanted}.values())
    once = merged(held, wanted, by="inst", places={1: {}, 2: {}})
    assert held == before
    assert merged(once, wanted, by="inst", places={1: {}, 2: {}}) == once
    for other in ("ledger", "crm"):
        assert once.get(other) == held.get(other)
    for place, result in wanted:
        cell = once.get("entremise", {}).get(str(place), {}).get(result.feature)
        assert (cell is None) or cell["revision"] >= result.revision
        if place in {1, 2} and result.payload is not None:
            assert cell is not None
