"""A ticket in other hands: what its former holder was shown and said goes, here and at the service."""

import itertools

import pytest
from django.utils.timezone import now
from introductions import deliver, person, result, suggested
from outbox import ADA, GRACE, YES, changed, held_by, said, scan, times
from pretix.base.models import Order
from pretix.base.services.orders import OrderChangeManager

from pretix_entremise import handing, sending, upkeep
from pretix_entremise.attendees import saying
from pretix_entremise.held import Ticket, handle_of
from pretix_entremise.marking import mark
from pretix_entremise.models import Answer, Held, Mark, Opting, Told
from pretix_entremise.speaking import Speaker
from pretix_entremise.walking import say_again

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("near")]


@pytest.fixture
def form(ask, event, connection, near):
    ask("CONSENT", "B")
    ask("CONSENT_PRESENCE", "B")
    ask("NEEDS", "T")
    Mark.objects.all().delete()


@pytest.fixture
def ticket(form, sell):
    """Ada's ticket, which the buyer's address is not on."""
    order = sell("Ada Lovelace", answers={**YES, "NEEDS": "A proof reader"})
    return held_by(order, *ADA)


def pass_on(position, connection, holder=GRACE):
    """Hand the ticket over, and have it sent; return the ticket as it is then."""
    found = held_by(position.order, *holder, number=position.positionid)
    changed(found.order)
    sending.send(connection.pk)
    return found


def told_once(position, connection):
    """Have the service told of the ticket, and let it answer with somebody to meet."""
    changed(position.order)
    sending.send(connection.pk)
    ref = f"{position.order.code}-{position.positionid}"
    Held.objects.create(
        position=position, feature="connections", revision=900, payload=suggested(person("ZZ001-1", "Zoe"))
    )
    return ref


def answer_and_leave(position, other):
    """Have the holder answer whoever has the order ``other``, whom they were shown, and leave everything."""
    Held.objects.update(payload=suggested(person(f"{other.code}-1", "Zoe Zimmer")))
    saying.answer(Ticket(position), handle_of(position, f"{other.code}-1"), "accepted")
    saying.opt(Ticket(position), out=True)


@pytest.mark.parametrize("steps", itertools.permutations((GRACE[0], GRACE[1])))
def test_a_ticket_that_is_handed_over_in_two_steps_is_handed_over_at_the_second(
    ticket, connection, service, steps
):
    told_once(ticket, connection)
    now_on_it = dict(zip(("name", "mail"), ADA, strict=True))
    for step, last in zip(steps, (False, True), strict=True):
        now_on_it["mail" if "@" in step else "name"] = step
        pass_on(ticket, connection, tuple(now_on_it.values()))
        assert ("attendee.erased" in [kind for kind, _ in said(service)]) is last


def test_the_former_holder_is_erased_and_then_the_next_one_is_registered_later(ticket, connection, service):
    ref = told_once(ticket, connection)
    other = Answer.objects.create(position=ticket, other="ZZ001-1", verdict="blocked", at=now())
    Opting.objects.create(position=ticket, out=False, at=now())
    pass_on(ticket, connection)
    assert said(service) == [
        ("attendee.registered", ref), ("attendee.erased", ref), ("attendee.registered", ref),
    ]  # fmt: skip
    assert len({one["id"] for one in service.sent()}) == 3
    assert times(service) == sorted(set(times(service)))
    # Each in a request of its own: only when the service had confirmed that the former one is erased.
    assert len(service.requests) == 3
    assert service.sent()[-1]["data"]["name"] == "Grace Hopper"
    assert not Answer.objects.filter(pk=other.pk).exists()
    assert not Opting.objects.exists()
    assert Held.objects.get().payload is None
    assert not Mark.objects.exists()
    row = Told.objects.get(ref=ref)
    assert row.registered
    changed(ticket.order)
    assert sending.send(connection.pk).count == 0


def test_a_next_holder_who_says_no_is_told_nothing_of(ticket, connection, service):
    ref = told_once(ticket, connection)
    ticket.answers.filter(question__identifier="CONSENT").update(answer="False")
    ticket = pass_on(ticket, connection)
    assert said(service)[1:] == [("attendee.erased", ref)]
    assert not Mark.objects.exists()
    changed(ticket.order)
    assert sending.send(connection.pk).count == 0
    # Nor that the ticket is cancelled, or not any more: until they say yes, later than the erasure.
    for status in (Order.STATUS_CANCELED, Order.STATUS_PAID):
        Order.objects.filter(pk=ticket.order.pk).update(status=status)
        changed(ticket.order)
        assert sending.send(connection.pk).count == 0
    ticket.answers.filter(question__identifier="CONSENT").update(answer="True")
    changed(ticket.order)
    sending.send(connection.pk)
    assert said(service)[2:] == [("attendee.registered", ref)]
    assert times(service) == sorted(set(times(service)))


def test_of_two_in_one_order_the_other_keeps_everything(form, sell, connection, service):
    order = sell("Ada Lovelace", "Alan Turing", answers=YES)
    first, second = held_by(order, *ADA), held_by(order, "Alan Turing", "alan@example.org", 2)
    for position in (first, second):
        told_once(position, connection)
        Answer.objects.create(position=position, other="ZZ001-1", verdict="accepted", at=now())
    before = len(service.sent())
    pass_on(first, connection)
    ref = f"{order.code}-1"
    assert said(service)[before:] == [("attendee.erased", ref), ("attendee.registered", ref)]
    assert [one.position_id for one in Answer.objects.all()] == [second.pk]
    assert [one.position_id for one in Held.objects.filter(payload__isnull=False)] == [second.pk]


def test_two_who_swap_their_tickets_are_both_erased_and_registered(form, sell, connection, service):
    order = sell("Ada Lovelace", "Grace Hopper", answers=YES)
    for number, holder in enumerate((ADA, GRACE), 1):
        held_by(order, *holder, number=number)
    changed(order)
    sending.send(connection.pk)
    for number, holder in enumerate((GRACE, ADA), 1):
        held_by(order, *holder, number=number)
    changed(order)
    sending.send(connection.pk)
    kinds = [kind for kind, _ in said(service)]
    assert kinds[2:] == ["attendee.erased"] * 2 + ["attendee.registered"] * 2
    assert [one["data"]["name"] for one in service.sent()[4:]] == ["Grace Hopper", "Ada Lovelace"]


class Killed(BaseException):
    """What a signal that kills looks like from inside; no ``except Exception`` stops it."""


@pytest.mark.parametrize("confirmed", [0, 1])
def test_a_sender_that_dies_in_between_says_the_same_under_the_same_id(
    ticket, connection, service, monkeypatch, confirmed
):
    ref = told_once(ticket, connection)
    confirm, done = Speaker._confirm, []

    def die(self, rows, *more):
        if len(done) == confirmed:
            raise Killed
        done.append(1)
        confirm(self, rows, *more)

    with monkeypatch.context() as patched:
        patched.setattr(Speaker, "_confirm", die)
        with pytest.raises(Killed):
            pass_on(ticket, connection)
    assert Mark.objects.exists()
    assert Held.objects.get().payload is None
    before = len(service.sent())
    assert sending.send(connection.pk).state == "done"
    again = service.sent()[before]
    assert (again["id"], again["time"]) == [(one["id"], one["time"]) for one in service.sent()][before - 1]
    kinds = [kind for kind, _ in said(service)[1:]]
    assert list(dict.fromkeys(kinds)) == ["attendee.erased", "attendee.registered"]
    assert Told.objects.get(ref=ref).registered
    assert not Mark.objects.exists()


def test_a_service_that_is_away_keeps_the_next_holder_waiting_and_loses_nothing(ticket, connection, service):
    ref = told_once(ticket, connection)
    service.answers["POST /hosts/inst1/deliveries"] = (503, {}, {})
    ticket = pass_on(ticket, connection)
    assert Told.objects.get().digest == "?handed"
    assert Ticket(ticket).features == {}
    del service.answers["POST /hosts/inst1/deliveries"]
    connection.refresh_from_db()
    connection.retry_at = None
    connection.save()
    before = len(service.sent())
    sending.send(connection.pk)
    assert said(service)[before:] == [("attendee.erased", ref), ("attendee.registered", ref)]


def test_before_anything_was_sent_the_next_holder_sees_nothing_of_the_former(ticket, connection, sell):
    other = sell("Zoe", answers=YES)
    ref = told_once(ticket, connection)
    Held.objects.update(payload=suggested(person(f"{other.code}-1", "Zoe")))
    Answer.objects.create(position=ticket, other=f"{other.code}-1", verdict="blocked", at=now())
    Opting.objects.create(
        position=ticket, out=True, at=now(), holder=handing.remembered("", ticket)
    )  # the former one had left
    former = Ticket(ticket)
    assert former.ref == ref
    assert former.out
    assert dict(former.answers) == {f"{other.code}-1": "blocked"}
    next_one = Ticket(held_by(ticket.order, *GRACE))
    assert (next_one.features, next_one.answers, next_one.answered, next_one.out) == ({}, {}, [], False)


def test_others_see_neither_the_former_holder_any_more_nor_the_next_one_under_their_name(
    event, ticket, connection, sell
):
    reader = sell("Zoe Zimmer", answers=YES)
    ref = f"{ticket.order.code}-1"
    data = suggested(person(ref, "Ada Lovelace", you=["Knows about: analytical engines"]))
    deliver(event, [result(f"{reader.code}-1", "connections", 1, data)])

    def seen():
        return Ticket(reader.all_positions.get()).features["connections"]["suggestions"]

    assert [one["name"] for one in seen()] == ["Ada Lovelace"]
    held_by(ticket.order, "Ada King", "ada@example.org")
    assert [one["name"] for one in seen()] == ["Ada Lovelace"]
    held_by(ticket.order, *GRACE)
    assert seen() == []
    data = suggested(person(ref, "Grace Hopper"))
    deliver(event, [result(f"{reader.code}-1", "connections", 2, data)])
    assert [one["name"] for one in seen()] == ["Grace Hopper"]


def test_a_result_that_comes_late_is_not_for_the_next_holder(event, ticket, connection, service):
    ref = told_once(ticket, connection)
    former = suggested(person("ZZ001-1", "Zoe"))
    door = "POST /hosts/inst1/deliveries"
    arrived = []

    def meanwhile(_body):
        # Newer than anything that was held, of a feature that was held and of one that was not.
        batch = [result(ref, "connections", 901, former), result(ref, "peers", 5, former)]
        arrived.append(deliver(event, batch).json())
        del service.answers[door]
        return 202, {}, {}

    held_by(ticket.order, *GRACE)
    speaker = Speaker._deliver

    def deliver_in_between(self, cloudevents):
        if any("erased" in one["type"] for one in cloudevents):
            meanwhile(b"")
        return speaker(self, cloudevents)

    service.answers[door] = (202, {}, {})
    Speaker._deliver = deliver_in_between
    try:
        pass_on(ticket, connection)
    finally:
        Speaker._deliver = speaker
    assert arrived == [{"applied": 2}]
    assert set(Held.objects.values_list("feature", "revision", "payload")) == {
        ("connections", 901, None), ("peers", 5, None),
    }  # fmt: skip
    # Older ones are passed over for good; what the service works out for the next holder is newer, and shown.
    assert deliver(event, [result(ref, "connections", 900, former)]).json() == {"applied": 0}
    assert deliver(event, [result(ref, "connections", 902, former)]).json() == {"applied": 1}
    assert Held.objects.get(feature="connections").payload == former


def test_whoever_blocked_the_former_holder_is_not_shown_to_the_next_and_the_service_hears_it_again(
    form, sell, connection, service
):
    order, other = sell("Ada Lovelace", answers=YES), sell("Carl Gauss", answers=YES)
    ticket = held_by(order, *ADA)
    ref, carl = f"{order.code}-1", other.all_positions.get()
    for one in (order, other):
        changed(one)
    sending.send(connection.pk)
    block = Answer.objects.create(position=carl, other=ref, verdict="blocked", at=now())
    mark(order.event, Mark.ANSWER, block.pk)
    sending.send(connection.pk)
    first = service.sent()[-1]
    pass_on(ticket, connection)
    assert said(service)[-3:] == [
        ("attendee.erased", ref), ("attendee.registered", ref), ("feedback.blocked", f"{other.code}-1"),
    ]  # fmt: skip
    assert service.sent()[-1]["id"] != first["id"]
    assert Answer.objects.get(pk=block.pk).other == ref
    block.verdict = "met"
    block.save()
    pass_on(ticket, connection, ("Alan Turing", "alan@example.org"))
    assert not Answer.objects.exists()


def test_who_leaves_as_the_next_holder_before_that_was_noticed_has_left(ticket, connection, service):
    ref = told_once(ticket, connection)
    saying.opt(Ticket(ticket), out=True)
    sending.send(connection.pk)
    ticket = held_by(ticket.order, *GRACE)
    assert not Ticket(ticket).out
    saying.opt(Ticket(ticket), out=True)
    before = len(service.sent())
    # Changed once more, by somebody else, before anybody looked.
    ticket.order.touch()
    sending.send(connection.pk)
    assert ("attendee.registered", ref) not in said(service)[before:]
    assert ("attendee.erased", ref) in said(service)[before:]
    assert Opting.objects.get().out
    saying.opt(Ticket(held_by(ticket.order, *GRACE)), out=False)
    sending.send(connection.pk)
    assert said(service)[-2:] == [("attendee.registered", ref), ("attendee.opted_in", ref)]


def test_the_ticket_is_in_the_building_whoever_holds_it_if_they_agreed_to_say_so(
    form, sell, connection, service
):
    order = sell("Ada Lovelace", answers={**YES, "CONSENT_PRESENCE": "True"})
    ticket = held_by(order, *ADA)
    scan(order, minutes_ago=5)
    ref = told_once(ticket, connection)
    before = len(service.sent())
    pass_on(ticket, connection)
    assert said(service)[before:] == [
        ("attendee.erased", ref), ("attendee.registered", ref), ("attendee.checked_in", ref),
    ]  # fmt: skip
    assert times(service)[-1] > times(service)[-3]


def test_what_pretix_changes_by_its_own_means_is_noticed(ticket, connection, service, event, admin):
    ref = told_once(ticket, connection)
    # As the page by which organisers and buyers change answers, and the API, do: the ticket, then the log and the signal.
    held_by(ticket.order, *GRACE)
    ticket.order.log_action("pretix.event.order.modified", user=admin)
    from pretix.base.signals import order_modified

    order_modified.send(event, order=ticket.order)
    sending.send(connection.pk)
    assert ("attendee.erased", ref) in said(service)
    # Also where a change of the order says nothing of it, and where nothing says anything.
    before = len(service.sent())
    held_by(ticket.order, "Alan Turing", "alan@example.org")
    change = OrderChangeManager(Order.objects.get(pk=ticket.order.pk), user=admin, notify=False)
    change.regenerate_secret(ticket.order.all_positions.get())
    change.commit()
    sending.send(connection.pk)
    assert ("attendee.erased", ref) in said(service)[before:]
    before = len(service.sent())
    held_by(ticket.order, *ADA)
    mark(event, Mark.EVERYTHING)
    upkeep.send(connection.pk)
    assert said(service)[before:] == [("attendee.erased", ref), ("attendee.registered", ref)]
    assert not Mark.objects.exists()


def test_a_service_that_lost_everything_is_told_of_the_erasure_and_of_the_holder_again(
    ticket, connection, service
):
    ref = told_once(ticket, connection)
    ticket.answers.filter(question__identifier="CONSENT").update(answer="False")
    pass_on(ticket, connection)
    erased = service.sent()[-1]
    say_again(connection)
    sending.send(connection.pk)
    again = [one for one in service.sent() if one.get("subject") == ref][-1]
    assert again == erased
    assert not Mark.objects.exists()


def test_what_a_former_holder_said_is_said_in_nobody_s_name_to_a_service_that_never_knew_them(
    ticket, connection, service, sell
):
    other = sell("Zoe Zimmer", answers=YES)
    changed(other)
    ref = told_once(ticket, connection)
    answer_and_leave(ticket, other)
    sending.send(connection.pk)
    # As it is after connecting anew, or after the ticket was split off: nothing says whom the service had known.
    Told.objects.all().delete()
    before = len(service.sent())
    ticket = held_by(ticket.order, *GRACE)
    assert not Ticket(ticket).answers
    pass_on(ticket, connection)
    assert said(service)[before:] == [("attendee.registered", ref)]
    assert not Answer.objects.exists()
    assert not Opting.objects.exists()


def test_what_was_said_before_the_ticket_changed_hands_is_not_sent_after_it(
    ticket, connection, service, sell
):
    other = sell("Zoe Zimmer", answers=YES)
    changed(other)
    ref = told_once(ticket, connection)
    answer_and_leave(ticket, other)
    before = len(service.sent())
    pass_on(ticket, connection)
    assert said(service)[before:] == [("attendee.erased", ref), ("attendee.registered", ref)]


def test_a_block_is_said_when_the_next_holder_agrees_however_long_after_that_is(
    ticket, connection, service, sell
):
    other = sell("Carl Gauss", answers=YES)
    changed(other)
    ref = told_once(ticket, connection)
    block = Answer.objects.create(position=other.all_positions.get(), other=ref, verdict="blocked", at=now())
    mark(other.event, Mark.ANSWER, block.pk)
    sending.send(connection.pk)
    ticket.answers.filter(question__identifier="CONSENT").update(answer="False")
    pass_on(ticket, connection)
    before = len(service.sent())
    ticket.answers.filter(question__identifier="CONSENT").update(answer="True")
    changed(ticket.order)
    sending.send(connection.pk)
    # Of whom it has erased and does not know again, a service keeps nothing.
    assert said(service)[before:] == [("attendee.registered", ref), ("feedback.blocked", f"{other.code}-1")]
    assert times(service)[-1] > times(service)[before - 1]
    changed(ticket.order)
    sending.send(connection.pk)
    assert len(said(service)) == before + 2
