"""Installations: credentials are checked, kept closed, shown once, and replaced without a gap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import NOON, a_delivery
from office import Office, an_office
from sqlalchemy import text

from entremise.plugin.domain.errors import (
    Conflict,
    Forbidden,
    InvalidPayload,
    InvalidSignature,
    NotFound,
    Unauthenticated,
    UnknownHost,
)
from entremise.plugin.services import installations
from entremise.plugin.services.access import authorise

SECRET = "whsec_" + "c2VjcmV0" * 5 + "c2Vj"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path) as opened:
        yield opened


def _stored(office: Office) -> str:
    """Return everything that the database holds, as text."""
    with office.container.store.begin() as unit:
        tables = unit.connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'table'")
        ).scalars()  # type: ignore[attr-defined]
        return "".join(
            str(tuple(row))
            for table in list(tables)
            for row in unit.connection.execute(text(f'SELECT * FROM "{table}"'))  # type: ignore[attr-defined]
        )


def test_nothing_that_was_shown_once_stands_in_the_database(office: Office) -> None:
    one = office.tenant(secrets={"signing_secrets": [SECRET]})
    stored = _stored(office)
    assert one.installation.id in stored
    for secret in (SECRET, *one.tokens.values(), *one.generated.values()):
        assert secret not in stored


def test_what_holds_secrets_does_not_print_them(office: Office) -> None:
    one = office.tenant(secrets={"signing_secrets": [SECRET]})
    for printed in (repr(one), repr(installations.open_installation(office.container, one.installation.id))):
        assert SECRET not in printed
        assert not any(token in printed for token in one.tokens.values())


def test_missing_signing_secrets_are_made_up_and_shown(office: Office) -> None:
    one = office.tenant()
    opened = installations.open_installation(office.container, one.installation.id)
    assert opened.secrets["signing_secrets"] == [one.generated["signing_secrets"]]
    given = office.tenant("Two", secrets={"signing_secrets": [SECRET]})
    assert "signing_secrets" not in given.generated


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"config": {"callback_url": "ftp://x"}}, "callback_url"),
        ({"config": {"call_back": "https://host.example"}}, "call_back"),
        ({"config": {"settings_page": "javascript:alert(1)"}}, "settings_page"),
        ({"secrets": {"signing_secrets": ["x"]}}, "signing_secrets.0"),
        ({"secrets": {"password": "x"}}, "password"),
        ({"name": "  "}, "name"),
    ],
)
def test_what_the_host_does_not_take_is_refused_by_field(
    office: Office, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidPayload) as refused:
        office.tenant(**{"name": "One", **given})
    assert refused.value.field == field
    with office.container.store.snapshot() as unit:
        assert not unit.installations.list()


def test_a_name_is_used_once_and_a_host_has_to_exist(office: Office) -> None:
    office.tenant("One")
    with pytest.raises(Conflict, match="One"):
        office.tenant("One")
    with pytest.raises(UnknownHost, match="generic"):
        office.tenant("Two", host="nowhere")


def test_a_former_signing_secret_stays_good_for_the_overlap_and_no_longer(office: Office) -> None:
    one = office.tenant()
    id_ = one.installation.id
    generic = office.container.hosts["generic"]
    old = one.generated["signing_secrets"]
    new = installations.rotate(office.container, id_, generate=["signing_secrets"], overlap=3600).secrets[
        "signing_secrets"
    ]
    assert new != old

    def verified(secret: str, at: float) -> bool:
        office.time[0] = at
        opened = installations.open_installation(office.container, id_)
        try:
            generic.verify(a_delivery(installation=id_, secret=secret, at=at), opened, now=at)
        except InvalidSignature:
            return False
        return True

    assert (verified(old, NOON), verified(new, NOON)) == (True, True)
    assert (verified(old, NOON + 3599), verified(new, NOON + 3599)) == (True, True)
    assert (verified(old, NOON + 3600), verified(new, NOON + 3600)) == (False, True)


def test_rotating_twice_within_the_overlap_keeps_all_three(office: Office) -> None:
    one = office.tenant()
    secrets = [one.generated["signing_secrets"]]
    for _ in range(2):
        rotated = installations.rotate(office.container, one.installation.id, generate=["signing_secrets"])
        secrets.insert(0, rotated.secrets["signing_secrets"])
    opened = installations.open_installation(office.container, one.installation.id)
    assert opened.secrets["signing_secrets"] == secrets
    installations.rotate(office.container, one.installation.id, generate=["signing_secrets"], overlap=0)
    opened = installations.open_installation(office.container, one.installation.id)
    assert len(opened.secrets["signing_secrets"]) == 1, "without an overlap every former one ends at once"


def test_what_cannot_be_made_up_has_to_be_given(office: Office) -> None:
    one = office.tenant()
    with pytest.raises(InvalidPayload, match="kafka_password"):
        installations.rotate(office.container, one.installation.id, generate=["kafka_password"])
    installations.rotate(office.container, one.installation.id, secrets={"kafka_password": "p"})
    assert (
        installations.open_installation(office.container, one.installation.id).secrets["kafka_password"]
        == "p"
    )


def test_a_rotated_token_ends_at_once_and_the_others_go_on(office: Office) -> None:
    one = office.tenant()
    id_ = one.installation.id
    tokens = installations.rotate(office.container, id_, scopes=["admin"]).tokens
    with pytest.raises(Unauthenticated):
        authorise(office.container, one.tokens["admin"], id_, "admin")
    assert authorise(office.container, tokens["admin"], id_, "admin").scopes == {"admin"}
    assert authorise(office.container, one.tokens["deliver"], id_, "deliver").scopes == {"deliver"}
    with pytest.raises(Forbidden):
        authorise(office.container, one.tokens["deliver"], id_, "read_results")


def test_disabling_and_resuming_ring_and_are_noted(office: Office) -> None:
    one = office.tenant()
    installations.disable(office.container, one.installation.id, because="contract ended")
    disabled = installations.open_installation(office.container, one.installation.id)
    assert (disabled.status, disabled.paused_because) == ("disabled", "contract ended")
    installations.resume(office.container, one.installation.id)
    resumed = installations.open_installation(office.container, one.installation.id)
    assert (resumed.status, resumed.paused_because) == ("active", "")
    assert office.container.queue.depth()["write_back"] == 1
    with office.container.store.snapshot() as unit:
        actions = [line["action"] for line in unit.switches.audit(one.installation.id)]
    assert actions == ["active", "disabled", "installation added"]


def test_an_installation_is_found_by_id_by_name_or_by_being_alone(office: Office) -> None:
    with pytest.raises(NotFound, match="none"):
        installations.find(office.container, None)
    one = office.tenant("One")
    for named in (None, "One", one.installation.id):
        assert installations.find(office.container, named).id == one.installation.id
    office.tenant("Two")
    for named in (None, "Three"):
        with pytest.raises(NotFound, match="Two"):
            installations.find(office.container, named)


def test_resealing_leaves_everything_readable_under_the_newest_key(office: Office) -> None:
    one = office.tenant()
    with office.container.store.snapshot() as unit:
        before = unit.installations.sealed(one.installation.id)
    assert installations.reseal(office.container) == 1
    with office.container.store.snapshot() as unit:
        assert unit.installations.sealed(one.installation.id) != before
    opened = installations.open_installation(office.container, one.installation.id)
    assert opened.secrets["signing_secrets"] == [one.generated["signing_secrets"]]


def test_reconfiguring_keeps_the_secrets(office: Office) -> None:
    one = office.tenant()
    installations.configure(office.container, one.installation.id, {"callback_url": "https://host.example/r"})
    opened = installations.open_installation(office.container, one.installation.id)
    assert opened.config == {"callback_url": "https://host.example/r"}
    assert opened.secrets["signing_secrets"] == [one.generated["signing_secrets"]]
