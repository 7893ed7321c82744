"""Thirty people with tickets, and what a real service answered about them (``recorded``), for the organiser's pages."""

import copy
import datetime as dt
import json
import re
from pathlib import Path

import pytest
from django.utils.timezone import now
from django_scopes import scopes_disabled
from pretix.base.models import LogEntry, Order, OrderPosition, QuestionAnswer, SalesChannel

from pretix_entremise.models import Held

RECORDED = Path(__file__).parent / "recorded"
PLANS = json.loads((RECORDED / "plans.json").read_text(encoding="utf-8"))
RESULTS = json.loads((RECORDED / "results.json").read_text(encoding="utf-8"))
API = "/v1/installations/inst1/host-events/summit"


def names():
    """Return the names of everybody in the recorded plans, by ref."""
    found = {}
    for answer in PLANS.values():
        for part in ("draft", "published"):
            for group in (answer["body"].get(part) or {}).get("groups", ()):
                found |= {one["person"]: one["name"] for one in group["members"]}
    return found


def crowd(event, item, number, *, consent=None, called=None):
    """Have so many people with a paid ticket each, ``AB001-1`` and so on; all say yes to the questions ``consent``."""
    called = names() if called is None else called
    with scopes_disabled():
        channel = SalesChannel.objects.get(organizer=event.organizer_id, identifier="web")
        orders = Order.objects.bulk_create([
            Order(
                event=event, code=f"AB{at:03d}", email=f"ab{at}@example.org", status=Order.STATUS_PAID, locale="en",
                datetime=now() - dt.timedelta(days=3), expires=now(), total=0, sales_channel=channel,
                organizer=event.organizer,
            )
            for at in range(1, number + 1)
        ])  # fmt: skip
        positions = OrderPosition.objects.bulk_create([
            OrderPosition(
                order=order, item=item, variation=None, price=0, positionid=1, tax_rate=0, tax_value=0, secret=f"secret{order.code}",
                web_secret=f"web{order.code.lower()}",
                pseudonymization_id=f"P{order.code}", attendee_name_cached=name,
                attendee_name_parts={"_scheme": "full", "full_name": name}, organizer=event.organizer,
            )
            for order in orders
            for name in [called.get(f"{order.code}-1", f"Guest {order.code}")]
        ])  # fmt: skip
        QuestionAnswer.objects.bulk_create(
            QuestionAnswer(orderposition=position, question=question, answer="True")
            for position in positions
            for question in consent or ()
        )
    return {f"{position.order.code}-1": position for position in positions}


def hold(people, results=RESULTS):
    """Have the extension hold what the service sent."""
    with scopes_disabled():
        Held.objects.bulk_create(
            Held(position=people[one["attendee"]], feature=one["feature"], revision=one["revision"], payload=one["payload"])
            for one in results
            if one["attendee"] in people
        )  # fmt: skip


def answers(service, *, mentorship="draft-en", circles="draft-en", seating="draft-en", meetings="draft-en"):
    """Have the recording service answer like the real one; each plan as far as it is said."""
    service.answers[f"GET {API}/plans"] = recorded("plans-drafts")
    for feature, state in (
        ("mentorship", mentorship), ("circles", circles), ("seating", seating), ("meetings", meetings),
    ):  # fmt: skip
        service.answers[f"GET {API}/plans/{feature}"] = recorded(f"{feature}-{state}")


def recorded(name):
    """Return an answer as the real service gave it: status, document, headers."""
    found = PLANS[name]
    return found["status"], found["body"], {"ETag": found["etag"]} if found["etag"] else {}


def asked(service, method, path=""):
    """Return (path, headers, body) of the requests of this kind, in order."""
    return [
        (where, headers, json.loads(body) if body else None)
        for how, where, headers, body in service.requests
        if how == method and where.startswith(API + path)
    ]


@pytest.fixture(autouse=True)
def loopback(settings):
    """The recording service is on this machine, which pretix reaches only if it is told to."""
    settings.ALLOW_HTTP_TO_PRIVATE_NETWORKS = True


@pytest.fixture
def consent(ask):
    """The questions by which people agree to everything."""
    with scopes_disabled():
        return [ask(f"CONSENT_{name}", "B") for name in ("MATCHING", "MENTORING", "GROUPS", "PRESENCE")]


@pytest.fixture
def people(event, item, consent):
    """Thirty people who agreed, by ref."""
    return crowd(event, item, 30, consent=consent)


@pytest.fixture
def reader(event, organizer, client):
    """A browser of somebody who may look at orders, and nothing else."""
    from pretix.base.models import Team, User

    with scopes_disabled():
        user = User.objects.create_user("reader@example.org", "reader")
        team = Team.objects.create(
            organizer=organizer,
            name="Readers",
            all_events=True,
            limit_event_permissions={"event.orders:read": True},
        )
        team.members.add(user)
    client.login(email="reader@example.org", password="reader")
    return client


def address(event, path):
    """Return the address of one of the organiser's pages."""
    return f"/control/event/{event.organizer.slug}/{event.slug}/entremise/{path}"


def text_of(response):
    """Return what a page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def logged():
    """Return what the event's log says of plans, by kind."""
    with scopes_disabled():
        return list(
            LogEntry.objects.filter(action_type__startswith="pretix_entremise.plan").values_list(
                "action_type", flat=True
            )
        )


def changed(service, feature, **changes):
    """Have the service answer with a plan that differs in these keys; return its ETag."""
    status, body, headers = recorded(f"{feature}-draft-en")
    service.answers[f"GET {API}/plans/{feature}"] = (status, {**copy.deepcopy(body), **changes}, headers)
    return headers["ETag"]


def brief_sent(service, feature):
    """Return (ETag, brief) of the one brief that was sent."""
    ((_path, headers, body),) = asked(service, "PUT", f"/plans/{feature}/brief")
    return headers["if-match"], body
