"""Calendars that any calendar program reads: folded, escaped, in UTC, and with names only as people agreed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from entremise.plugin.domain.model import Consent, Profile
from entremise.plugin.services.calendars import Appointment, calendar, meeting_uid, shown_name, summary

STARTS = datetime(2026, 5, 4, 8, tzinfo=UTC).timestamp()


def appointment(**more: Any) -> Appointment:
    said: dict[str, Any] = {
        "uid": meeting_uid("conference", "a", "b"), "sequence": 2, "starts_at": STARTS, "ends_at": STARTS + 1800,
        "changed_at": STARTS - 86_400, "spot": "Lobby", "names": ("Élodie, “L’Éclair”; Martin \\ fils",),
    }  # fmt: skip
    return Appointment(**{**said, **more})


def entries(written: bytes) -> list[Any]:
    return list(Calendar.from_ical(written).walk("VEVENT"))


def test_what_was_written_is_read_back() -> None:
    [entry] = entries(calendar([appointment(link="https://video.example.org/r/1?x=1,2;3")], language="fr"))
    assert entry["UID"] == meeting_uid("conference", "a", "b")
    assert entry["SEQUENCE"] == 2
    assert entry["DTSTAMP"].dt == datetime(2026, 5, 3, 8, tzinfo=UTC)
    assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (
        datetime(2026, 5, 4, 8, tzinfo=UTC), datetime(2026, 5, 4, 8, 30, tzinfo=UTC),
    )  # fmt: skip
    assert entry["SUMMARY"] == "Rencontre avec Élodie, “L’Éclair”; Martin \\ fils"
    assert entry["SUMMARY"].params["LANGUAGE"] == "fr"
    assert entry["LOCATION"] == "Lobby"
    assert entry["URL"] == "https://video.example.org/r/1?x=1,2;3"
    assert entry["STATUS"] == "CONFIRMED"


def test_moments_are_in_utc() -> None:
    written = calendar([appointment()], language="en").decode()
    assert "DTSTART:20260504T080000Z\r\n" in written
    assert "TZID" not in written


def test_text_is_escaped_as_the_standard_asks() -> None:
    written = calendar([appointment(spot="Salle 1, aile A; 2e étage\\B\nfond")], language="en").decode()
    assert "LOCATION:Salle 1\\, aile A\\; 2e étage\\\\B\\nfond\r\n" in written


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300)


@given(st.lists(texts, max_size=3), texts, st.sampled_from(["en", "fr"]))
def test_lines_are_never_longer_than_75_bytes_nor_cut_within_a_letter(
    names: list[str], spot: str, language: str
) -> None:
    people = [Profile(name=name, consent=Consent(matching=True)) for name in names]
    shown = [shown_name(person) for person in people]
    written = calendar([appointment(names=shown, spot=spot)], language=language)
    lines = written.split(b"\r\n")
    assert lines.pop() == b""
    assert all(
        len(line) <= 75 and line.decode() and b"\n" not in line and b"\r" not in line for line in lines
    )
    [entry] = entries(written)
    assert entry["SUMMARY"] == summary(shown, language)
    assert entry.get("LOCATION", "") == spot


def test_a_cancelled_meeting_is_called_off_in_a_calendar_of_its_own() -> None:
    both = [appointment(), appointment(uid=meeting_uid("c", "a", "c"), sequence=3, cancelled=True)]
    standing = Calendar.from_ical(calendar(both, language="en", organiser="mailto:x@example.org"))
    called_off = Calendar.from_ical(
        calendar(both, language="en", cancelling=True, organiser="mailto:x@example.org")
    )
    assert (standing["METHOD"], called_off["METHOD"]) == ("PUBLISH", "CANCEL")
    assert [str(entry["UID"]) for entry in standing.walk("VEVENT")] == [both[0].uid]
    [entry] = called_off.walk("VEVENT")
    assert (entry["UID"], entry["SEQUENCE"], entry["STATUS"]) == (both[1].uid, 3, "CANCELLED")
    assert entry["ORGANIZER"] == "mailto:x@example.org"


def test_what_nobody_publishes_has_no_method() -> None:
    assert "METHOD" not in Calendar.from_ical(calendar([appointment()], language="en"))


def test_the_same_meetings_give_the_same_bytes_whatever_their_order() -> None:
    later = appointment(uid=meeting_uid("c", "a", "c"), starts_at=STARTS + 3600, ends_at=STARTS + 5400)
    assert calendar([appointment(), later], language="en") == calendar([later, appointment()], language="en")


@pytest.mark.parametrize(
    ("names", "said"),
    [((), "Meeting"), (("", ""), "Meeting"), (("Ada", ""), "Meeting with Ada"), (("Ada", "Bo"), "Meeting with Ada and Bo")],
)  # fmt: skip
def test_who_did_not_agree_to_be_named_is_not(names: tuple[str, ...], said: str) -> None:
    assert summary(names, "en") == said


def test_a_name_is_shown_only_with_consent_and_on_one_line() -> None:
    assert shown_name(Profile(name="Ada")) == ""
    agreed = Consent(matching=True)
    assert shown_name(Profile(name="Ada\r\nBEGIN:VALARM\x07", consent=agreed)) == "Ada BEGIN:VALARM"
    assert len(shown_name(Profile(name="x" * 500, consent=agreed))) == 120


def test_an_identifier_tells_nobody_apart_who_should_not_be_and_everybody_who_should() -> None:
    assert meeting_uid("c", "ab", "c") != meeting_uid("c", "a", "bc")
    assert "ada" not in meeting_uid("c", "ada@example.org")
