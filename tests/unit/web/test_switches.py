"""Switches over HTTP: read with an ETag, replaced only by whoever has read the newest."""

from __future__ import annotations

from typing import Any

import pytest
from office import Office

from entremise.plugin.services import installations
from entremise.plugin.services.installations import NewInstallation

PLACES = {
    "system": "settings",
    "organisation": "organisations/acme/settings",
    "host_event": "host-events/conf/settings",
}


def _path(tenant: NewInstallation, scope: str) -> str:
    return f"/v1/installations/{tenant.installation.id}/{PLACES[scope]}"


def _put(office: Office, tenant: NewInstallation, scope: str, body: Any, **more: Any) -> Any:
    token = more.pop("token", tenant.tokens["settings"])
    tag = more.pop("tag", None)
    if tag is None:
        tag = office.ask("GET", _path(tenant, scope), tenant.tokens["settings"]).headers["ETag"]
    return office.ask("PUT", _path(tenant, scope), token, json=body, headers={"If-Match": tag, **more})


def test_before_anybody_sets_anything_the_manifest_holds(office: Office) -> None:
    one = office.tenant()
    for scope in PLACES:
        answer = office.ask("GET", _path(one, scope), one.tokens["settings"])
        assert answer.json is not None
        assert (answer.json["version"], answer.json["values"], answer.json["locked"]) == (0, {}, [])
        held = answer.json["effective"]
        assert {key: item["value"] for key, item in held.items()} == office.container.manifest.defaults()
        assert {item["source"] for item in held.values()} == {"default"}


def test_a_lower_scope_wins_and_says_where_each_value_comes_from(office: Office) -> None:
    one = office.tenant()
    office.host_event(one, organisation="acme")
    assert _put(office, one, "system", {"values": {"connections.list_length": 3}}).status_code == 200
    assert _put(office, one, "organisation", {"values": {"connections.list_length": 4}}).status_code == 200
    changed = _put(office, one, "host_event", {"values": {"connections.enabled": False}})
    held = changed.json["effective"]
    assert (held["connections.list_length"]["value"], held["connections.list_length"]["source"]) == (
        4,
        "organisation",
    )
    assert (held["connections.enabled"]["value"], held["connections.enabled"]["source"]) == (
        False,
        "host_event",
    )
    assert changed.headers["ETag"].startswith('"1-')


def test_a_change_soils_the_host_events_it_touches_and_rings(office: Office) -> None:
    one = office.tenant()
    other = office.tenant("Two")
    for ref, organisation in (("conf", "acme"), ("fair", "other"), ("loose", None)):
        office.host_event(one, ref, organisation=organisation)
        office.host_event(other, f"their-{ref}", organisation=organisation)
    rung: list[tuple[Any, ...]] = []
    office.container.queue.run(lambda *bell: rung.append(bell))  # type: ignore[attr-defined]
    rung.clear()
    for scope, touched in (
        ("host_event", {"conf"}),
        ("organisation", {"conf"}),
        ("system", {"conf", "fair", "loose"}),
    ):
        assert _put(office, one, scope, {"values": {"connections.list_length": 7}}).status_code == 200
        assert office.dirty() == touched
        office.container.queue.run(lambda *bell: rung.append(bell))  # type: ignore[attr-defined]
        assert set(rung) == {("recompute", one.installation.id, ref) for ref in touched}
        rung.clear()
        with office.container.store.begin() as unit:
            for ref in touched:
                unit.host_events.computed(
                    one.installation.id, ref, unit.host_events.get(one.installation.id, ref).dirty_version
                )  # type: ignore[union-attr]


def test_putting_what_is_there_already_computes_nothing(office: Office) -> None:
    one = office.tenant()
    office.host_event(one, organisation="acme")
    _put(office, one, "system", {"values": {}})
    assert office.dirty() == set()


def test_without_if_match_it_is_428_and_with_an_old_one_412(office: Office) -> None:
    one = office.tenant()
    path, token = _path(one, "system"), one.tokens["settings"]
    first = office.ask("GET", path, token).headers["ETag"]
    missing = office.ask("PUT", path, token, json={"values": {}})
    assert (missing.status_code, missing.json["code"]) == (428, "precondition_required")  # type: ignore[index]
    assert (
        _put(office, one, "system", {"values": {"connections.enabled": False}}, tag=first).status_code == 200
    )
    for tag in (first, '"1"', '"nonsense"', "W/" + office.ask("GET", path, token).headers["ETag"], '"2-aa"'):
        stale = _put(office, one, "system", {"values": {}}, tag=tag)
        assert (stale.status_code, stale.json["code"]) == (412, "stale"), tag
    assert _put(office, one, "system", {"values": {}}, tag="*").status_code == 200


def test_of_several_tags_one_has_to_match(office: Office) -> None:
    one = office.tenant()
    tag = office.ask("GET", _path(one, "system"), one.tokens["settings"]).headers["ETag"]
    assert _put(office, one, "system", {"values": {}}, tag=f'"9-ff", {tag}').status_code == 200


def test_a_change_at_a_higher_scope_shows_but_does_not_refuse_one_here(office: Office) -> None:
    one = office.tenant()
    path, token = _path(one, "host_event"), one.tokens["settings"]
    tag = office.ask("GET", path, token).headers["ETag"]
    assert office.ask("GET", path, token, headers={"If-None-Match": tag}).status_code == 304
    _put(office, one, "system", {"values": {"mentorship.enabled": False}})
    assert office.ask("GET", path, token, headers={"If-None-Match": tag}).status_code == 200
    assert (
        _put(office, one, "host_event", {"values": {"connections.enabled": False}}, tag=tag).status_code
        == 200
    )


def test_a_locked_key_is_409_below_and_named(office: Office) -> None:
    one = office.tenant()
    office.host_event(one, organisation="acme")
    _put(office, one, "host_event", {"values": {"connections.enabled": False}})
    _put(office, one, "system", {"values": {}, "locked": ["connections.enabled"]})
    for scope in ("organisation", "host_event"):
        refused = _put(office, one, scope, {"values": {"connections.enabled": True}})
        assert (refused.status_code, refused.json["code"]) == (409, "locked")
        assert refused.json["keys"] == ["connections.enabled"]
    held = office.ask("GET", _path(one, "host_event"), one.tokens["settings"]).json["effective"][
        "connections.enabled"
    ]  # type: ignore[index]
    assert (held["value"], held["source"], held["locked_by"]) == (True, "default", "system")
    unchanged = {"values": {"connections.enabled": False, "connections.list_length": 2}}
    assert _put(office, one, "host_event", unchanged).status_code == 200
    assert (
        _put(office, one, "organisation", {"values": {}, "locked": ["connections.enabled"]}).status_code
        == 409
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"values": {"connections.list_length": 0}}, "connections.list_length"),
        ({"values": {"connections.enabled": "yes"}}, "connections.enabled"),
        ({"values": {"coffee.enabled": True}}, "coffee.enabled"),
        ({"values": {}, "locked": ["coffee.enabled"]}, "coffee.enabled"),
        ({"values": {"connections.same_organisation": ["avoid"]}}, "connections.same_organisation"),
        ({"values": []}, "values"),
        ({"value": {}}, "values"),
        ({"values": {}, "effective": {}}, "effective"),
        ({"values": {}, "locked": "everything"}, "locked"),
    ],
)
def test_a_value_that_the_manifest_does_not_allow_is_422_and_named(
    office: Office, body: Any, field: str
) -> None:
    one = office.tenant()
    refused = _put(office, one, "system", body)
    assert (refused.status_code, refused.json["code"], refused.json["field"]) == (422, "invalid", field)


def test_nothing_is_below_a_host_event_that_could_be_locked(office: Office) -> None:
    one = office.tenant()
    assert (
        _put(office, one, "host_event", {"values": {}, "locked": ["connections.enabled"]}).status_code == 422
    )


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"values": NaN}', b"[" * 100_000])
def test_what_is_not_a_json_object_is_refused(office: Office, body: bytes) -> None:
    one = office.tenant()
    refused = office.ask(
        "PUT", _path(one, "system"), one.tokens["settings"], data=body, headers={"If-Match": "*"}
    )
    assert refused.status_code in {400, 422}
    assert refused.content_type == "application/problem+json"


def test_a_body_without_end_is_413(office: Office) -> None:
    one = office.tenant()
    body = b'{"values": {"' + b"x" * (1 << 19)
    refused = office.ask(
        "PUT", _path(one, "system"), one.tokens["settings"], data=body, headers={"If-Match": "*"}
    )
    assert (refused.status_code, refused.content_type) == (413, "application/problem+json")


def test_every_change_is_in_the_audit_trail_with_who_and_what(office: Office) -> None:
    one = office.tenant()
    _put(office, one, "organisation", {"values": {"connections.list_length": 4}})
    lines = office.ask("GET", f"/v1/installations/{one.installation.id}/audit", one.tokens["admin"]).json[
        "audit"
    ]  # type: ignore[index]
    newest = lines[0]
    assert newest["action"] == "settings"
    assert newest["actor"].startswith("token ")
    assert newest["details"]["after"]["values"] == {"connections.list_length": 4}
    assert newest["details"]["before"]["values"] == {}
    assert one.tokens["settings"] not in str(lines)


def test_where_the_host_owns_the_switches_only_its_own_token_may_put(office: Office) -> None:
    page = "https://host.example/settings/entremise"
    one = office.tenant(settings_owner="host", config={"settings_page": page})
    for scope in PLACES:
        refused = _put(office, one, scope, {"values": {}}, token=one.tokens["admin"])
        assert (refused.status_code, refused.json["code"], refused.json["see"]) == (
            409,
            "host_owns_settings",
            page,
        )
        assert page in refused.json["detail"]
        assert _put(office, one, scope, {"values": {"connections.list_length": 5}}).status_code == 200
    shown = office.ask("GET", _path(one, "system"), one.tokens["admin"]).json
    assert shown is not None
    assert (shown["owner"], shown["page"]) == ("host", page)


def test_where_the_host_owns_the_switches_there_is_one_token_that_may(office: Office) -> None:
    one = office.tenant(settings_owner="host")
    _, second = installations.issue_token(
        office.container, one.installation.id, ["settings"], label="the host, anew"
    )
    assert office.ask("GET", _path(one, "system"), one.tokens["settings"]).status_code == 401
    assert office.ask("GET", _path(one, "system"), second).status_code == 200


def test_labels_are_in_the_language_of_whoever_asks(office: Office) -> None:
    one = office.tenant()
    setting = office.container.manifest.keys()["connections.list_length"]
    for asked, words in (("fr-CA,fr;q=0.9", "fr"), ("de, en;q=0.5", "en"), ("", "en")):
        answer = office.ask(
            "GET", _path(one, "system"), one.tokens["settings"], headers={"Accept-Language": asked}
        )
        assert answer.json is not None
        assert answer.json["effective"]["connections.list_length"]["label"] == setting.label[words]
        assert answer.headers["Content-Language"] == words
        assert "Accept-Language" in answer.headers["Vary"]
