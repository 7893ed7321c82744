"""The whole way with a real pretix: orders placed there, real webhooks, results read back from its orders."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

sys.path.append(str(Path(__file__).parent / "pretix"))

from season import NOTES, Season

from entremise.plugin.demo.conference import Person
from entremise.plugin.demo.lives import Message

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(1500)]
SOON = 120.0
"""Seconds within which a change shows in pretix: SQLite's single writer makes both sides wait and try again."""
RECONCILED_WITHIN = 300.0


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Season]:
    """A conference of 20 after everything has happened to its people that happens."""
    with Season(tmp_path_factory.mktemp("pretix"), attendees=20, seed=1) as running:
        running.play(running.sell())
        running.settle(seconds=RECONCILED_WITHIN)
        yield running


def holders(season: Season) -> list[str]:
    """Return the tickets that hold suggestions now."""
    return sorted(ref for ref, feature in season.pretix.held() if feature == "connections")


def person_with(season: Season, ref: str) -> Person:
    return next(one for one in season.conference.people if season.office.tickets[one.ref].ref == ref)


def somebody(season: Season, *, alone: bool = False) -> Person:
    """Return somebody who holds suggestions and is shown to others; with an order of their own if ``alone``."""
    shown = mentioned(season)
    for ref in holders(season):
        person = person_with(season, ref)
        if ref in shown and (season.office.tickets[person.ref].alone or not alone):
            return person
    raise AssertionError("nobody is left for this")


def mentioned(season: Season) -> set[str]:
    return {
        item["person"]
        for payload in season.pretix.held().values()
        for part in ("suggestions", "here_now", "pairings")
        for item in payload.get(part, ())
    }


def a_message(season: Season, person: Person, kind: Any, data: dict[str, Any] | None = None) -> Message:
    return Message(
        f"{person.ref}-{kind}-{time.time()}", kind, season.host_event, person.ref, time.time(), data
    )


def last_profile(season: Season, person: Person) -> dict[str, Any]:
    """Return what pretix was last told of somebody."""
    ref = season.office.tickets[person.ref].ref
    told = [message.data for message in season.office.done if message.subject == ref and message.data]
    return dict(told[-1])


def wait_for(what: Any, seconds: float = SOON) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(1.0)


def test_pretix_holds_what_everybody_who_agreed_should_have_and_nothing_else(season: Season) -> None:
    comparison = season.compare()
    assert comparison.losses == {}
    assert comparison.holding >= 14
    assert len(holders(season)) == comparison.holding


def test_nothing_of_other_programs_or_of_the_attendees_was_touched(season: Season) -> None:
    orders = season.pretix.orders()
    with_notes = [order for order in orders if "crm" in order["api_meta"]]
    assert len(with_notes) >= len(orders) - 1
    assert all({**NOTES}.items() <= order["api_meta"].items() for order in with_notes)
    for person in season.conference.people:
        ticket = season.office.tickets[person.ref]
        order = next((one for one in orders if one["code"] == ticket.code), None)
        if order is None:
            continue
        position = next(one for one in order["positions"] if one["positionid"] == ticket.place)
        kept = {
            row["question"]: (sorted(row["options"]), row["answer"] if not row["options"] else "")
            for row in position["answers"]
            if row["question_identifier"] != "ENTREMISE"
        }
        given = season.office.form.answers(last_profile(season, person), "M" if person.feminine else "L")
        assert kept == {
            row["question"]: (sorted(row["options"]), row["answer"] if not row["options"] else "")
            for row in given
        }


def test_the_attendee_finds_the_link_on_pretixs_own_page_and_it_opens(season: Season) -> None:
    person = somebody(season, alone=True)
    ticket = season.office.tickets[person.ref]
    order = next(one for one in season.pretix.orders() if one["code"] == ticket.code)
    link = season.pretix.shown()[ticket.ref].split()[-1]
    assert link in requests.get(order["url"], timeout=30).text
    page = requests.get(link, timeout=30)
    assert page.status_code == 200
    met = season.pretix.held()[ticket.ref, "connections"]["suggestions"][0]["name"]
    assert met in page.text


def test_our_own_writing_ends_by_itself(season: Season) -> None:
    season.wait_until_quiet(time.monotonic() + SOON)
    before = season.service.status(season.access)["counters"], season.pretix.writes_of_entremise()
    time.sleep(20)
    after = season.service.status(season.access)["counters"], season.pretix.writes_of_entremise()
    assert after[1] == before[1], "entremise wrote to pretix although nothing happened"
    for counter in ("received", "recomputes", "suggested", "written_back"):
        assert after[0].get(counter, 0) == before[0].get(counter, 0)


def test_an_edit_in_pretix_is_what_others_see(season: Season) -> None:
    person = somebody(season)
    edited = last_profile(season, person) | {"name": "Nouvelle Personne"}
    before = season.pretix.writes_of_entremise()
    season.office.act(person, a_message(season, person, "updated", _next(edited)))
    assert season.settle(seconds=SOON).losses == {}
    names = {
        item["name"] for payload in season.pretix.held().values() for item in payload.get("suggestions", ())
    }
    assert "Nouvelle Personne" in names
    since = season.pretix.writes_of_entremise() - before
    assert since["orders"] >= 1
    assert since["orderpositions"] == 0, "new results behind a link are no reason to write the link again"


def test_consent_taken_back_in_pretix_withdraws_everything(season: Season) -> None:
    person = somebody(season)
    ref = season.office.tickets[person.ref].ref
    edited = last_profile(season, person)
    edited["consent"] = dict.fromkeys(edited["consent"], False)
    season.office.act(person, a_message(season, person, "updated", _next(edited)))
    assert season.settle(seconds=SOON).losses == {}
    assert ref not in holders(season)
    assert ref not in season.pretix.shown()
    assert ref not in mentioned(season)


def test_a_cancellation_withdraws_everything_and_coming_back_brings_it_back(season: Season) -> None:
    person = somebody(season, alone=True)
    ref = season.office.tickets[person.ref].ref
    season.office.act(person, a_message(season, person, "cancelled"))
    assert season.settle(seconds=SOON).losses == {}
    assert ref not in {*holders(season), *season.pretix.shown(), *mentioned(season)}
    season.office.act(person, a_message(season, person, "registered", _next(last_profile(season, person))))
    assert season.settle(seconds=SOON).losses == {}
    assert ref in holders(season)


def test_an_annulled_check_in_is_found_although_pretix_never_says_so(season: Season) -> None:
    comparison = season.compare()
    person = next(
        one for one in season.conference.people
        if comparison.expected[season.office.tickets[one.ref].ref].here
    )  # fmt: skip
    ref = season.office.tickets[person.ref].ref
    season.office.act(person, a_message(season, person, "left"))
    season.office.act(person, a_message(season, person, "checked_in"))
    wait_for(lambda: "here_now" in season.pretix.held().get((ref, "connections"), {}))
    season.wait_until_quiet(time.monotonic() + SOON)
    heard = season.service.status(season.access)["counters"]["received"]
    season.pretix.ask(
        "POST", f"{season.pretix.organizer}/checkinrpc/annul/",
        {"lists": [season.pretix.facts["checkin_list"]], "nonce": season.office.tickets[person.ref].nonce},
    )  # fmt: skip
    # What counts now is the scan before the annulled one: they had left.
    wait_for(lambda: "here_now" not in season.pretix.held().get((ref, "connections"), {}), RECONCILED_WITHIN)
    assert season.service.status(season.access)["counters"]["received"] == heard, (
        "pretix announced it after all"
    )
    season.office.note(person, a_message(season, person, "left"))
    assert season.settle(seconds=SOON).losses == {}


def test_whoever_was_forgotten_stays_so_when_the_order_is_changed_again(season: Season) -> None:
    person = somebody(season, alone=True)
    ticket = season.office.tickets[person.ref]
    season.service.run("forget", ticket.ref, "--installation", "pretix", "--yes")
    wait_for(lambda: ticket.ref not in {*holders(season), *season.pretix.shown(), *mentioned(season)})
    path = f"{season.pretix.event}/orderpositions/{ticket.number}/"
    season.pretix.ask("PATCH", path, {"company": "Another Ltd"})
    season.wait_until_quiet(time.monotonic() + SOON)
    assert ticket.ref not in {*holders(season), *season.pretix.shown(), *mentioned(season)}


def _next(profile: dict[str, Any]) -> dict[str, Any]:
    return profile | {"version": profile["version"] + 1}
