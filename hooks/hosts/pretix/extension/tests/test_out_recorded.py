"""What is said keeps its form: the service's own tests read the same recording (``recorded/told.json``)."""

import json
from pathlib import Path

import pytest
from django.utils.timezone import now
from outbox import YES, changed, scan

from pretix_entremise import sending
from pretix_entremise.marking import mark
from pretix_entremise.models import Answer, Mark, Opting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("near")]
RECORDING = Path(__file__).parent / "recorded" / "told.json"


def timeless(cloudevent):
    """Return it with moments and counters of its own replaced by what is the same every time."""
    steady = {**cloudevent, "id": "…", "time": "2026-05-04T08:30:00.000000Z"}
    if "data" in steady:
        steady["data"] = dict(steady["data"])
        if "version" in steady["data"]:
            steady["data"]["version"] = 1777883400000
        if "ends_at" in steady["data"]:
            steady["data"]["ends_at"] = "2026-05-05T16:00:00+00:00"
    return steady


def test_everything_that_is_ever_said_is_said_as_it_was_recorded(service, connection, event, ask, sell):
    ask("CONSENT", "B")
    ask("CONSENT_PRESENCE", "B")
    ask("INTERESTS", "M", options=("solar", "wind"))
    ask("NEEDS", "T")
    ask("MENTOR", "B")
    answers = {
        **YES, "CONSENT_PRESENCE": "True", "INTERESTS": ["solar"], "NEEDS": "A proof reader", "MENTOR": "True",
    }  # fmt: skip
    order = sell("Maëlle Fournier", answers=answers, locale="fr")
    position = order.all_positions.get()
    mark(event, Mark.HOST_EVENT)

    def tell():
        changed(order)
        assert sending.send(connection.pk).state == "done"

    tell()
    scan(order, minutes_ago=3)
    tell()
    scan(order, "exit", minutes_ago=2)
    tell()
    position.all_checkins.all().delete()
    tell()
    for number, verdict in enumerate(("accepted", "declined", "met", "blocked")):
        row = Answer.objects.create(position=position, other=f"ZZ00{number}-1", verdict=verdict, at=now())
        mark(event, Mark.ANSWER, row.pk)
    row = Opting.objects.create(position=position, out=True, at=now())
    for out in (True, False):
        Opting.objects.filter(pk=row.pk).update(out=out, at=now())
        mark(event, Mark.OPTING, row.pk)
        tell()
    order.status = order.STATUS_CANCELED
    order.save(update_fields=["status"])
    tell()
    position.answers.get(question__identifier="CONSENT").delete()
    tell()
    position.delete()
    tell()
    said = [timeless(one) for one in service.sent()]
    assert len({one["id"] for one in service.sent()}) == len(said)
    assert said == json.loads(RECORDING.read_text()), json.dumps(said, indent=1, ensure_ascii=False)
