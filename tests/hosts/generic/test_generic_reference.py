"""The reference of deliveries names every type, field and limit that the code has, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from entremise.hooks.cloudevents import MOST_IN_BATCH
from entremise.hooks.hosts.generic import bounded
from entremise.hooks.hosts.generic.configuration import GenericConfiguration, GenericSecrets
from entremise.hooks.hosts.generic.schemas import SHOWABLE, ConsentSchema, HostEventSchema, ProfileSchema
from entremise.hooks.hosts.generic.translate import TYPES
from entremise.hooks.manifest import load_manifest

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/reference/deliveries.md").read_text()
PROFILE = TEXT.split("### The profile")[1].split("## Receive")[0]


def first_column(text: str) -> set[str]:
    cells = re.findall(r"(?m)^\| (.*?) \|", text)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_every_type_is_there_and_no_other() -> None:
    named = {name for name in first_column(TEXT) if name.startswith("org.entremise.")}
    assert named == {*TYPES, *(item["type"] for item in load_manifest().document["results"])}


def test_every_field_of_a_profile_is_there_and_no_other() -> None:
    assert first_column(PROFILE) == set(ProfileSchema().fields)


def test_every_purpose_and_every_field_that_can_be_shown_is_there() -> None:
    (consent,) = re.findall(r"(?m)^\| `consent` \| (.*)$", PROFILE)
    assert set(re.findall(r"`(\w+)`", consent)) == {*ConsentSchema().fields, "true"}
    (visible,) = re.findall(r"(?m)^\| `visible` \| (.*)$", PROFILE)
    facets = ("bio", "interests", "challenges", "goals", "offers", "needs")
    assert {*re.findall(r"`(\w+)`", visible), *facets} == set(SHOWABLE)


def test_every_field_of_a_host_event_is_there() -> None:
    (row,) = re.findall(r"(?m)^\| `org.entremise.hostevent.updated.v1` \| (.*) \|$", TEXT)
    assert set(re.findall(r"`(\w+)`", row)) == set(HostEventSchema().fields)


@pytest.mark.parametrize(
    ("field", "limits"),
    [
        ("name", [bounded.LONGEST_NAME]),
        ("bio", [bounded.LONGEST_BIO]),
        ("interests", [bounded.MOST_ITEMS, bounded.LONGEST_ITEM]),
        ("languages", [bounded.MOST_LANGUAGES]),
        ("availability", [bounded.MOST_INTERVALS]),
        ("extra", [bounded.MOST_EXTRA_VALUES, bounded.LONGEST_EXTRA, bounded.DEEPEST_EXTRA]),
    ],
)
def test_limits_are_those_of_the_code(field: str, limits: list[int]) -> None:
    (row,) = re.findall(rf"(?m)^\| `{field}`.*\| ([^|]*) \|$", PROFILE)
    assert [int(number) for number in re.findall(r"\d+", row)] == limits
    assert f"{MOST_IN_BATCH:,}" in TEXT


def test_the_hosts_page_names_everything_that_can_be_configured() -> None:
    page = (ROOT / "hooks/hosts/generic/README.md").read_text()
    configured = [*GenericConfiguration().fields, *GenericSecrets().fields]
    assert not [name for name in configured if f"`{name}`" not in page]
