"""What becomes of a meeting request, whatever is said about it, in whatever order, as often as one likes."""

from __future__ import annotations

import random
from itertools import combinations
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from entremise.plugin.domain.meetings import HOLDS, Calendar, MeetingRequest, Standing
from entremise.plugin.domain.model import stamp

NOON = 1_000_000.0
HALF_AN_HOUR = 1800.0
PEOPLE = ("ada", "bo", "cy", "di")


def at(seconds: float, tie: str = "t") -> str:
    return stamp(at=NOON + seconds, tie=tie)


def asked(
    ref: str = "r", *, slot: int = 4, expires: float = 600.0, made: float = 0.0, **more: Any
) -> MeetingRequest:
    starts = NOON + slot * HALF_AN_HOUR
    said = {"requester": "ada", "invitee": "bo", **more}
    return MeetingRequest(
        ref=ref, starts_at=starts, ends_at=starts + HALF_AN_HOUR, made=at(made, ref), expires_at=NOON + expires, **said
    )  # fmt: skip


def standing(request: MeetingRequest, *, now: float, **more: Any) -> Standing:
    return Calendar([request], now=NOON + now, **more).standing(request.ref)


def test_a_request_waits_until_it_is_answered_or_its_time_is_over() -> None:
    assert standing(asked(), now=10) == Standing("requested")
    assert standing(asked(), now=600) == Standing("expired", "deadline")
    assert standing(asked().with_acceptance(at(20)), now=20) == Standing("accepted", "answered")
    assert standing(asked().with_decline(at(20)), now=20) == Standing("declined", "answered")
    assert standing(asked().with_withdrawal(at(20)), now=20) == Standing("withdrawn", "taken_back")


def test_a_request_cannot_wait_for_longer_than_until_the_meeting_would_start() -> None:
    late = asked(slot=1, expires=1e9)
    assert standing(late, now=1799).state == "requested"
    assert standing(late, now=1800).state == "expired"


def test_an_answer_after_the_deadline_comes_too_late() -> None:
    assert standing(asked().with_acceptance(at(601)), now=700).state == "expired"
    assert standing(asked().with_withdrawal(at(601)), now=700).state == "expired"


def test_what_was_accepted_can_be_called_off_until_it_is_over() -> None:
    accepted = asked(slot=1).with_acceptance(at(20))
    assert standing(accepted.with_decline(at(700)), now=800).state == "declined"
    assert standing(accepted.with_withdrawal(at(700)), now=800).state == "withdrawn"
    assert standing(accepted.with_withdrawal(at(3600)), now=4000).state == "accepted"


def test_a_no_is_final() -> None:
    assert standing(asked().with_decline(at(20)).with_acceptance(at(30)), now=40).state == "declined"


def test_who_accepts_first_is_first_even_when_told_last() -> None:
    first, second = asked("a").with_acceptance(at(50)), asked("b", requester="cy").with_acceptance(at(40))
    for order in ([first, second], [second, first]):
        calendar = Calendar(order, now=NOON + 60)
        assert calendar.standing("b").state == "accepted"
        assert calendar.standing("a") == Standing("declined", "no_longer_free")


def test_what_was_told_to_be_taken_does_not_come_back_when_the_other_meeting_is_called_off() -> None:
    stood = asked("a").with_acceptance(at(10)).with_decline(at(30))
    refused = asked("b", requester="cy").with_acceptance(at(20))
    assert Calendar([stood, refused], now=NOON + 60).standing("b") == Standing("declined", "no_longer_free")
    later = asked("b", requester="cy").with_acceptance(at(40))
    assert Calendar([stood, later], now=NOON + 60).standing("b").state == "accepted"


def test_published_meetings_stand_whatever_is_accepted() -> None:
    accepted = asked().with_acceptance(at(20))
    published = {"bo": [(accepted.starts_at - 60, accepted.starts_at + 60)]}
    assert standing(accepted, now=30, published=published) == Standing("declined", "no_longer_free")


def test_an_unanswered_request_holds_the_time_of_who_made_it_and_nobody_elses() -> None:
    request = asked()
    calendar = Calendar([request], now=NOON + 10)
    assert not calendar.is_free("ada", request.starts_at, request.ends_at)
    assert calendar.is_free("bo", request.starts_at, request.ends_at)
    assert calendar.is_free("ada", request.ends_at, request.ends_at + 60)


def test_nobody_holds_more_than_a_few_slots_by_asking_around() -> None:
    many = [asked(f"r{number}", slot=4 + number, made=number) for number in range(HOLDS + 4)]
    held = Calendar(many, now=NOON + 10).held("ada")
    assert held == tuple((request.starts_at, request.ends_at) for request in many[:HOLDS])


@pytest.mark.parametrize("wrong", [{"invitee": "ada"}, {"ends_at": NOON}])
def test_a_request_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    whole: dict[str, Any] = {
        "ref": "r", "requester": "ada", "invitee": "bo", "starts_at": NOON, "ends_at": NOON + 60, "made": at(0),
        "expires_at": NOON,
    }  # fmt: skip
    with pytest.raises(ValueError, match="meeting"):
        MeetingRequest(**{**whole, **wrong})


class People(RuleBasedStateMachine):
    """People who ask, answer, take back, leave and let time go by; what they say reaches a second copy shuffled."""

    @initialize(seed=st.integers(0, 10_000))
    def open(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.clock = 0.0
        self.heard: dict[str, MeetingRequest] = {}
        self.bare: dict[str, MeetingRequest] = {}
        self.said: list[tuple[str, str, str]] = []
        self.ended: dict[str, Standing] = {}

    @rule(
        pair=st.permutations(PEOPLE).map(lambda people: people[:2]), slot=st.integers(0, 4), patience=st.integers(1, 5000)
    )  # fmt: skip
    def ask(self, pair: list[str], slot: int, patience: int) -> None:
        ref = f"r{len(self.heard)}"
        request = asked(
            ref,
            slot=slot + 1,
            made=self.clock,
            expires=self.clock + patience,
            requester=pair[0],
            invitee=pair[1],
        )
        self.heard[ref] = self.bare[ref] = request

    @rule(data=st.data(), what=st.sampled_from(["acceptance", "acceptance", "decline", "withdrawal"]))
    def say(self, data: st.DataObject, what: str) -> None:
        if self.heard:
            self._say(data.draw(st.sampled_from(sorted(self.heard))), what)

    @rule(person=st.sampled_from(PEOPLE))
    def leave(self, person: str) -> None:
        for ref, request in self.heard.items():
            if person in request.people:
                self._say(ref, "withdrawal")

    @rule(seconds=st.sampled_from([1.0, 60.0, 900.0, 1800.0]))
    def let_time_go_by(self, seconds: float) -> None:
        self.clock += seconds

    def _say(self, ref: str, what: str) -> None:
        self.clock += 0.5
        when = at(self.clock, f"k{len(self.said)}")
        self.said.append((ref, what, when))
        self.heard[ref] = getattr(self.heard[ref], f"with_{what}")(when)

    def _calendar(self, now: float | None = None) -> Calendar:
        return Calendar(self.heard.values(), now=NOON + (self.clock if now is None else now))

    @invariant()
    def nobody_is_booked_twice(self) -> None:
        meetings = self._calendar().meetings()
        for one, other in combinations(meetings, 2):
            if set(one.people) & set(other.people):
                assert one.ends_at <= other.starts_at or other.ends_at <= one.starts_at

    @invariant()
    def everybodys_time_is_taken_by_their_meetings_alone(self) -> None:
        calendar = self._calendar()
        for person in PEOPLE:
            mine = [one for one in calendar.meetings() if person in one.people]
            assert calendar.taken(person) == tuple(sorted((one.starts_at, one.ends_at) for one in mine))

    @invariant()
    def only_what_waits_holds_anything_and_never_much(self) -> None:
        calendar = self._calendar()
        waiting = [one for one in self.heard.values() if calendar.standing(one.ref).state == "requested"]
        for person in PEOPLE:
            held = calendar.held(person)
            assert len(held) <= HOLDS
            mine = [(one.starts_at, one.ends_at) for one in waiting if one.requester == person]
            assert set(held) <= set(mine)
            assert len(held) == min(HOLDS, len(mine))

    @invariant()
    def after_the_last_deadline_nothing_waits_and_nothing_is_held(self) -> None:
        over = max((one.deadline for one in self.heard.values()), default=NOON) - NOON
        calendar = self._calendar(max(over, self.clock))
        assert all(calendar.standing(ref).state != "requested" for ref in self.heard)
        assert not any(calendar.held(person) for person in PEOPLE)

    @invariant()
    def what_is_over_stays_over(self) -> None:
        calendar = self._calendar()
        for ref, before in self.ended.items():
            assert calendar.standing(ref) == before
        self.ended = {
            ref: found
            for ref in self.heard
            if (found := calendar.standing(ref)).state not in {"requested", "accepted"}
        }

    @invariant()
    def repeated_and_shuffled_it_ends_the_same(self) -> None:
        told = [*self.said, *self.random.choices(self.said, k=3)] if self.said else []
        self.random.shuffle(told)
        copies = [dict(self.bare), dict(self.bare)]
        for number, (ref, what, when) in enumerate(told):
            copy = copies[number % 2]
            copy[ref] = getattr(copy[ref], f"with_{what}")(when)
        joined = {ref: copies[1][ref].joined(copies[0][ref]) for ref in self.bare}
        assert joined == self.heard
        shuffled = list(joined.values())
        self.random.shuffle(shuffled)
        again = Calendar(shuffled, now=NOON + self.clock)
        assert {ref: again.standing(ref) for ref in joined} == {
            ref: self._calendar().standing(ref) for ref in joined
        }


TestPeopleWhoAskAndAnswer = People.TestCase
