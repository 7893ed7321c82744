"""Results as the service sends them, signed as it signs them, for the tests of what comes in."""

import json
import re
import time
from datetime import timedelta

from django.test import Client
from pretix.base.models import Order

from pretix_entremise.extension_envelope import stamped
from pretix_entremise.held import handle_of
from pretix_entremise.models import Answer, Held, Mark, Opting

CALLBACK = "whsec_" + "YWJjZGVmZ2hpamFiY2RlZmdoaWphYmNkZWZnaGlqYWI="
CONSENTS = {"CONSENT_MATCHING": "True", "CONSENT_MENTORING": "True", "CONSENT_GROUPS": "True", "CONSENT_PRESENCE": "True"}  # fmt: skip
MATCHING = {"CONSENT_MATCHING": "True"}


def person(ref, name, *, you=(), them=(), **more):
    """Return one person of a list, with reasons."""
    return {
        "person": ref, "name": name, "rank": 1, "score": 0.5,
        "for_you": [{"code": "need_offered", "text": text} for text in you],
        "for_them": [{"code": "offer_needed", "text": text} for text in them],
        **more,
    }  # fmt: skip


def result(ref, feature, revision, data=None, **more):
    """Return one result; withdrawn where there is no data."""
    happened = "withdrawn" if data is None else "suggested"
    made = {
        "specversion": "1.0", "id": f"inst1/summit/{ref}/{feature}/{revision}", "source": "/installations/inst1",
        "type": f"org.entremise.{feature}.{happened}.v1", "subject": ref, "hostevent": "summit",
        "partitionkey": "summit", "sequence": str(revision), "datacontenttype": "application/json",
    }  # fmt: skip
    return {**made, **({} if data is None else {"data": data}), **more}


def suggested(*people, language="en", **more):
    """Return the data of a list of suggestions."""
    return {"language": language, "suggestions": list(people), **more}


def ref(order, number=1):
    """Return what results call a ticket."""
    return f"{order.code}-{number}"


def address(event, door="d" * 43):
    """Return where the service delivers."""
    return f"/{event.organizer.slug}/{event.slug}/entremise/results/{door}/"


def deliver(event, batch, *, secret=CALLBACK, now=None, door="d" * 43, body=None, headers=None):
    """Deliver a batch as the service does; return the answer."""
    body = json.dumps(batch).encode() if body is None else body
    signed = stamped(secret, "batch_1", body, now=time.time() if now is None else now)
    return Client(enforce_csrf_checks=True).post(
        address(event, door), body, content_type="application/cloudevents-batch+json", headers={**signed, **(headers or {})}
    )  # fmt: skip


def ticket(order, number=1, suffix=""):
    """Return the address of a ticket's page here."""
    position = order.positions.get(positionid=number)
    event = order.event
    return f"/{event.organizer.slug}/{event.slug}/ticket/{order.code}/{number}/{position.web_secret}/entremise/{suffix}"


EVERYTHING = ("connections", "peers", "experts", "mentorship", "circles", "seating", "meetings", "topics")


def consenting(ask):
    """Ask for every consent in the event's form."""
    for identifier in CONSENTS:
        ask(identifier, "B")


def introduced(event, ask, sell):
    """Return five orders: Ada, who reads, and four who were suggested to her."""
    consenting(ask)
    names = ("Ada", "Maya Mentor", "Pia Peer", "Hugo Garnier", "Olga Other")
    orders = [sell(name, answers=CONSENTS) for name in names]
    introduce(event, orders[0], orders[1:])
    Mark.objects.all().delete()
    return orders


def text(answer):
    """Return what is read on a page, without markup."""
    assert answer.status_code in {200, 404, 410}
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def handle(reader, other):
    """Return what the reader's pages call the other."""
    return handle_of(reader.positions.get(), ref(other))


def state():
    """Return everything that a visit could change."""
    return (
        list(Answer.objects.values_list("position", "other", "verdict")),
        list(Opting.objects.values_list("position", "out")),
        list(Held.objects.values_list("position", "feature", "revision", "at")),
        Mark.objects.count(),
        list(Order.objects.values_list("code", "status", "last_modified")),
    )


def say(browser, reader, other, verdict):
    """Answer as the form of the page does."""
    return browser.post(ticket(reader, 1, "answer"), {"person": handle(reader, other), "verdict": verdict})


def introduce(event, reader, people, *, language="en", when=None, revision=1):
    """Deliver something of every feature to one order's first ticket; ``people`` are four orders.

    The first is a mentor and met at a meeting, the second is in the circle and at the table, the third an expert who is
    here, the fourth just worth meeting.
    """
    french = language == "fr"
    mentor, peer, expert, other = (
        {"person": ref(order), "name": order.positions.get().attendee_name} for order in people
    )
    starts = when or event.date_from.replace(minute=0, second=0, microsecond=0)
    reasons = (
        ["Sait : rendre les accueils accessibles"] if french else ["Knows about: accessible front desks"],
        ["Vous savez : ouvrir des données"] if french else ["You know about: open data"],
    )
    results = {
        "connections": suggested(
            person(other["person"], other["name"], you=reasons[0], them=reasons[1], organisation="Ville de Nantes", title="Directrice"),
            person(expert["person"], expert["name"], you=reasons[0]),
            here_now=[person(expert["person"], expert["name"], you=reasons[0])],
        ),
        "experts": suggested(person(expert["person"], expert["name"], you=reasons[0], title="Juriste")),
        "peers": suggested(person(peer["person"], peer["name"], you=reasons[0], them=reasons[0])),
        "mentorship": {"role": "mentee", "pairings": [person(mentor["person"], mentor["name"], you=reasons[0], them=reasons[1])]},
        "circles": {"circles": [{
            "circle": "c1", "round": 1, "label": "Cercle 3" if french else "Circle 3", "role": "",
            "people": [person(peer["person"], peer["name"], you=reasons[0], role="host")],
        }]},
        "seating": {"seats": [{
            "seat": "s1", "meal": "Dîner" if french else "Dinner", "table": "4", "role": "",
            "people": [{**peer, "organisation": "Ville de Nantes"}, other],
        }]},
        "meetings": {"meetings": [{
            "meeting": "0b6f1b1e-8e1d-5a52-9f0c-0a6a4f1e9c11", "starts": starts.isoformat(),
            "ends": (starts + timedelta(minutes=20)).isoformat(), "spot": "Table 12", "remote": True,
            "link": "https://meet.example.org/a", "people": [person(mentor["person"], mentor["name"], you=reasons[0])],
        }]},
        "topics": {"topics": [
            {"of": "circle", "key": "c1", "items": [
                {"kind": "shared", "text": "Open source in public procurement", "from": [peer["person"], ref(reader)],
                 "said": [{**peer, "text": "open source"}, {"person": ref(reader), "name": "Ada", "text": "public tenders"}]},
            ]},
            {"of": "seat", "key": "s1", "items": [
                {"kind": "shared", "text": "Words of the other", "from": [other["person"]], "said": []},
            ]},
        ]},
    }  # fmt: skip
    batch = [
        result(ref(reader), feature, revision, {"language": language, **data})
        for feature, data in results.items()
    ]
    assert deliver(event, batch).json() == {"applied": len(batch)}
