"""A ref that goes to somebody else: what its former holder keeps opens nothing of the next one's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import NOON, a_cloudevent, profile_document
from doors import Door, a_door
from werkzeug.test import TestResponse

from entremise.plugin.services.addresses import current_address
from entremise.plugin.services.border import host_context
from entremise.plugin.services.links import Person
from entremise.plugin.services.personal import address_of_page, answer, look, set_opt_out
from entremise.plugin.services.privacy import forget
from entremise.plugin.services.requests import answer_request, ask

FORMER, NEXT = "Alix Moreau", "Bo Larsen"


class Desk:
    """A host that registers, erases and registers again, and people who open what it gave them."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def register(self, name: str, *, at: float, ref: str = "a1") -> None:
        profile = profile_document(ref) | {"name": name}
        assert self.door.post(a_cloudevent(subject=ref, at=NOON + at, data=profile)).status_code == 202
        self.door.work()

    def erase(self, *, at: float, ref: str = "a1", id_: str | None = None) -> None:
        erased = a_cloudevent("org.entremise.attendee.erased.v1", ref, at=NOON + at, id_=id_)
        assert self.door.post(erased).status_code == 202
        self.door.work()

    def address(self, ref: str = "a1") -> str:
        return current_address(self.door.container, self.door.installation.id, "conf", ref)

    def open(self, address: str, below: str = "") -> TestResponse:
        return self.door.client.get(f"/me/{address.rpartition('/')[2]}{below}?lang=en")

    def send(self, address: str, what: str, form: str, **fields: str) -> TestResponse:
        path = f"/me/{address.rpartition('/')[2]}/{what}"
        return self.door.client.post(path, data={"form": form, "lang": "en", **fields})

    def form_of(self, address: str) -> str:
        found = re.search(r'name="form" value="([^"]+)"', self.open(address).text)
        assert found is not None
        return found[1]

    def state(self) -> str:
        with self.door.container.store.snapshot() as unit:
            here = self.door.installation.id
            return repr(
                (
                    unit.attendees.get_many(here, "conf", ["a1", "b1"]),
                    unit.feedback.of_host_event(here, "conf"),
                )
            )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_door(tmp_path) as door:
        made = Desk(door)
        door.clock.now = NOON + 100
        made.register("Chen Wei", at=0, ref="b1")
        made.register(FORMER, at=1)
        yield made


def test_the_former_holders_address_opens_nothing_and_the_next_ones_opens_their_page(desk: Desk) -> None:
    former, others = desk.address(), desk.address("b1")
    assert FORMER in desk.open(former).text
    desk.erase(at=10)
    desk.register(NEXT, at=20)
    latter = desk.address()
    assert latter != former
    assert NEXT in desk.open(latter).text
    assert FORMER not in desk.open(latter).text
    assert desk.address("b1") == others
    for below in ("", "/meetings.ics"):
        gone, unknown = desk.open(former, below), desk.open("/me/nobody.knows", below)
        assert (gone.status_code, gone.text) == (unknown.status_code, unknown.text)
        assert gone.status_code == 404


def test_the_answer_is_the_same_before_the_next_holder_comes(desk: Desk) -> None:
    former = desk.address()
    desk.erase(at=10)
    assert desk.open(former).text == desk.open("/me/nobody.knows").text
    desk.register(NEXT, at=20)
    assert desk.open(former).text == desk.open("/me/nobody.knows").text


@pytest.mark.parametrize("what", ["answer", "leave", "back", "ask", "request"])
def test_what_a_former_holder_still_has_open_sends_nothing(desk: Desk, what: str) -> None:
    former = desk.address()
    form = desk.form_of(former)
    desk.erase(at=10)
    desk.register(NEXT, at=20)
    before = desk.state()
    assert desk.send(former, what, form, other="b1", verdict="blocked").status_code == 404
    answered = desk.send(desk.address(), what, form, other="b1", verdict="blocked")
    assert "done=again" in answered.headers["Location"]
    assert desk.state() == before


def test_a_former_holder_is_refused_below_the_pages_too(desk: Desk) -> None:
    """An erasure may come between reading the address and doing what was asked."""
    services, here = desk.door.container, desk.door.installation.id
    desk.erase(at=10)
    desk.register(NEXT, at=20)
    before, former = desk.state(), Person(here, "conf", "a1")
    assert look(services, former) is None
    assert not answer(services, former, "b1", "blocked")
    assert not set_opt_out(services, former, True)
    assert ask(services, former, "b1", "") == "gone"
    assert answer_request(services, former, "", "accept") == "gone"
    assert desk.state() == before


def test_telling_the_erasure_again_changes_no_address(desk: Desk) -> None:
    desk.erase(at=10, id_="first")
    desk.register(NEXT, at=20)
    latter = desk.address()
    for number, at in enumerate((10, 10, 5)):
        desk.erase(at=at, id_=f"again-{number}" if at != 10 else "first")
    assert desk.address() == latter
    assert NEXT in desk.open(latter).text


def test_every_erasure_ends_the_addresses_before_it(desk: Desk) -> None:
    given = [desk.address()]
    for life in (1, 2, 3):
        desk.erase(at=life * 20)
        desk.register(NEXT, at=life * 20 + 10)
        given.append(desk.address())
    assert len(set(given)) == 4
    assert [desk.open(address).status_code for address in given] == [404, 404, 404, 200]


def test_an_erasure_that_comes_late_ends_the_address_that_both_have(desk: Desk) -> None:
    desk.register(NEXT, at=20)
    both = desk.address()
    desk.erase(at=10)
    assert desk.open(both).status_code == 404
    assert NEXT in desk.open(desk.address()).text


def test_forgetting_somebody_everywhere_ends_their_addresses_for_good(desk: Desk) -> None:
    former, elsewhere = desk.address(), desk.door.container
    forget(elsewhere, desk.door.installation.id, "a1")
    desk.door.work()
    desk.door.clock.now += 100
    desk.register(NEXT, at=150)
    assert desk.open(former).status_code == 404
    assert NEXT in desk.open(desk.address()).text


def test_whoever_hands_addresses_out_has_the_new_one(desk: Desk) -> None:
    services, here = desk.door.container, desk.door.installation
    former = desk.address()
    desk.erase(at=10)
    desk.register(NEXT, at=20)
    written_back = host_context(services, here).personal_link("conf", "a1")
    assert written_back == address_of_page(services, here.id, "conf", "a1") == desk.address() != former


def test_an_address_does_not_say_when_somebody_was_erased(desk: Desk) -> None:
    desk.erase(at=10)
    desk.register(NEXT, at=20)
    person = desk.door.container.links.read(desk.address().rpartition("/")[2])
    assert re.fullmatch("[0-9a-f]{16}", person.life)


def test_the_next_holder_can_leave_although_the_erasure_was_dated_ahead(desk: Desk) -> None:
    """A host's clock may run ahead of ours by some minutes."""
    desk.erase(at=200)
    desk.register(NEXT, at=210)
    address = desk.address()
    left = desk.send(address, "leave", desk.form_of(address))
    assert "done=left" in left.headers["Location"]
    with desk.door.container.store.snapshot() as unit:
        found = unit.attendees.get(desk.door.installation.id, "conf", "a1")
    assert found is not None
    assert found.opted_out
