"""Results as the service sends them, signed as it signs them, for the tests of what comes in."""

import json
import time

from django.test import Client

from pretix_entremise.extension_envelope import stamped

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
