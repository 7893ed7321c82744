"""Everything that the extension for pretix ever says is understood by the service, and means what it should.

The extension's own tests hold what it says to the same recording.
"""

from __future__ import annotations

import json
from pathlib import Path

from entremise.hooks.contract import Delivery, Installation
from entremise.hooks.hosts.generic.host import GenericHost
from entremise.plugin.domain.events import (
    AttendeeRegistered,
    FeedbackGiven,
    HostEventUpdated,
    OptOutChanged,
    ProfileUpdated,
)

RECORDING = Path(__file__).parents[3] / "hooks/hosts/pretix/extension/tests/recorded/told.json"
TENANT = Installation("inst1", "generic", "A pretix", {}, {"signing_secrets": []})


def heard() -> list[object]:
    host = GenericHost()
    body = RECORDING.read_bytes()
    headers = {"content-type": "application/cloudevents-batch+json"}
    batch = Delivery("inst1", "webhook", headers, body, 1_777_900_000.0)
    return [one for single in host.unpack(batch) for one in host.parse(single, TENANT)]


def test_each_of_them_is_understood() -> None:
    assert len(heard()) == len(json.loads(RECORDING.read_text()))
    assert [type(one).__name__ for one in heard()] == [
        "HostEventUpdated", "AttendeeRegistered", "AttendeeCheckedIn", "AttendeeLeft", "CheckInReversed",
        "AttendeeRegistered", "FeedbackGiven", "FeedbackGiven", "FeedbackGiven", "FeedbackGiven", "OptOutChanged",
        "AttendeeRegistered", "OptOutChanged", "RegistrationCancelled", "ProfileUpdated", "RegistrationCancelled", "AttendeeErased",
    ]  # fmt: skip


def test_they_mean_what_was_meant() -> None:
    found = heard()
    updated = next(one for one in found if isinstance(one, HostEventUpdated))
    assert (updated.name, updated.organisation, updated.languages) == ("Summit", "rencontres", ("en", "fr"))
    registered = next(one for one in found if isinstance(one, AttendeeRegistered))
    assert registered.profile.name == "Maëlle Fournier"
    assert registered.profile.consent.matching
    assert registered.profile.consent.presence
    assert registered.profile.mentoring.role == "mentor"
    left = [one for one in found if isinstance(one, AttendeeRegistered)][1]
    assert (left.profile.name, left.profile.consent.matching) == ("", False)
    emptied = next(one for one in found if isinstance(one, ProfileUpdated))
    assert emptied.profile.name == ""
    assert not emptied.profile.consent.matching
    verdicts = [one.verdict for one in found if isinstance(one, FeedbackGiven)]
    assert verdicts == ["accepted", "declined", "met", "blocked"]
    assert [one.opted_out for one in found if isinstance(one, OptOutChanged)] == [True, False]
