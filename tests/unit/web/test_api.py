"""Every endpoint is described, guarded, and answers in problems that a person can read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from office import SUGGESTED, Office, an_office

from entremise.plugin.services import installations
from entremise.plugin.services.access import SCOPES
from entremise.plugin.web.api import ENDPOINTS
from entremise.plugin.web.endpoints import Endpoint
from entremise.plugin.web.wording import TITLES
from entremise.webhooks import blueprint

GUARDED = [endpoint for endpoint in ENDPOINTS if endpoint.scopes]
PARTS = {
    "host_event": "conf",
    "organisation": "acme",
    "attendee": "a1",
    "letter_id": "letter1",
    "feature": "mentorship",
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One service for all: each test has a tenant of its own."""
    with an_office(tmp_path_factory.mktemp("office")) as opened:
        yield opened


def address(endpoint: Endpoint, installation_id: str, parts: dict[str, str] = PARTS) -> str:
    return re.sub(
        r"<(?:\w+:)?(\w+)>",
        lambda found: ({"installation_id": installation_id} | parts)[found[1]],
        endpoint.path,
    )


def test_the_description_holds_every_route_with_its_problems(office: Office) -> None:
    document = office.ask("GET", "/openapi.json").json
    assert document is not None
    described = {
        (method.upper(), path) for path, operations in document["paths"].items() for method in operations
    }
    routed = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in office.web.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if re.search(r"\.api\.(?!no_method_|nothing)", rule.endpoint)
    }
    assert described == routed
    names = [
        operation["operationId"]
        for operations in document["paths"].values()
        for operation in operations.values()
    ]
    assert len(names) == len(set(names))
    for operations in document["paths"].values():
        for operation in operations.values():
            if operation["security"]:
                assert {"401", "403", "404"} <= operation["responses"].keys()


def test_every_reference_in_the_description_leads_somewhere(office: Office) -> None:
    document = office.ask("GET", "/openapi.json").json
    assert document is not None
    schemas = document["components"]["schemas"]

    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            here = [node["$ref"]] if "$ref" in node else []
            return here + [found for value in node.values() for found in references(value)]
        return [found for value in node for found in references(value)] if isinstance(node, list) else []

    found = set(references(document))
    assert found
    assert {reference.rpartition("/")[2] for reference in found} == set(schemas)


@pytest.mark.parametrize("endpoint", GUARDED, ids=lambda endpoint: endpoint.name)
def test_without_a_good_token_it_is_401_whatever_is_asked(office: Office, endpoint: Endpoint) -> None:
    one = office.tenant()
    record, revoked = installations.issue_token(office.container, one.installation.id, ["admin"], label="old")
    installations.revoke_token(office.container, one.installation.id, record.id)
    for installation_id in (one.installation.id, "nobody"):
        for headers in (
            {}, {"Authorization": "Bearer "}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {revoked}"},
            {"Authorization": f"Basic {one.tokens['admin']}"},
        ):  # fmt: skip
            answer = office.ask(endpoint.method, address(endpoint, installation_id), headers=headers)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("endpoint", GUARDED, ids=lambda endpoint: endpoint.name)
def test_a_token_does_what_its_scopes_say_and_admin_everything(office: Office, endpoint: Endpoint) -> None:
    one = office.tenant()
    for scope in SCOPES:
        answer = office.ask(endpoint.method, address(endpoint, one.installation.id), one.tokens[scope])
        allowed = scope == "admin" or scope in endpoint.scopes
        assert (answer.status_code == 403) is not allowed, (scope, answer.status_code)


def test_the_token_is_never_taken_from_the_address(office: Office) -> None:
    one = office.tenant()
    path = f"/v1/installations/{one.installation.id}/status"
    for name in ("token", "access_token", "authorization"):
        assert office.ask("GET", path, query_string={name: one.tokens["admin"]}).status_code == 401


def test_problems_are_read_in_french_and_english(office: Office) -> None:
    titles = set()
    for asked in ("fr", "en"):
        answer = office.ask("GET", "/v1/installations/x/status", headers={"Accept-Language": asked})
        assert answer.json is not None
        assert answer.json["code"] == "unauthenticated"
        assert answer.headers["Content-Language"] == asked
        titles.add(answer.json["title"])
    assert titles == {"A token is needed", "Un jeton est nécessaire"}


def test_a_wrong_address_or_method_is_a_problem_too(office: Office) -> None:
    one = office.tenant()
    mounted = Flask(__name__)  # a host's own application, with its own error pages
    mounted.register_blueprint(blueprint(office.container), url_prefix="/people")
    for web, prefix in ((office.web, ""), (mounted.test_client(), "/people")):
        for method, path, status in (
            ("GET", "/v1/nothing", 404),
            ("GET", "/v1/", 404),
            ("POST", f"/v1/installations/{one.installation.id}/status", 405),
            ("OPTIONS", f"/v1/installations/{one.installation.id}/settings", 405),
            ("DELETE", "/manifest.yaml", 405),
        ):
            answer = web.open(
                prefix + path, method=method, headers={"Authorization": f"Bearer {one.tokens['admin']}"}
            )
            assert (answer.status_code, answer.content_type) == (status, "application/problem+json"), path


def test_the_manifest_is_served_as_it_is_written(office: Office) -> None:
    yaml = office.ask("GET", "/manifest.yaml")
    assert yaml.get_data(as_text=True) == office.container.manifest.text
    as_json = office.ask("GET", "/manifest.json")
    assert as_json.json == office.container.manifest.document
    assert (
        office.ask("GET", "/manifest.json", headers={"If-None-Match": as_json.headers["ETag"]}).status_code
        == 304
    )


def test_answers_have_the_shape_that_is_described(office: Office) -> None:
    one = office.tenant()
    office.host_event(one)
    office.attendee(one, "a1")
    office.suggest(one, {"a1": SUGGESTED})
    document = office.ask("GET", "/openapi.json").json
    assert document is not None
    checked = 0
    for endpoint in GUARDED:
        answer = office.ask(endpoint.method, address(endpoint, one.installation.id), one.tokens["admin"])
        if endpoint.method == "GET" and endpoint.answer is not None and answer.status_code == 200:
            described = document["components"]["schemas"][endpoint.answer.__name__.removesuffix("Schema")]
            assert answer.json is not None
            assert answer.json.keys() == described["properties"].keys() == set(described["required"]), (
                endpoint.name
            )
            checked += 1
    assert checked >= 9


def test_every_endpoint_stands_in_the_reference_with_its_scope() -> None:
    text = (Path(__file__).parents[3] / "docs" / "reference" / "rest-api.md").read_text()
    documented = set(re.findall(r"(?m)^\| ([A-Z]+) \| `([^`]+)` \| (`\w+`|public|code|signature) \|", text))
    assert documented == {
        (
            endpoint.method,
            re.sub(r"<\w+:", "<", endpoint.path).replace("/v1/installations/<installation_id>", "…"),
            " ".join(f"`{scope}`" for scope in endpoint.scopes) or endpoint.proof or "public",
        )
        for endpoint in ENDPOINTS
    }


def test_every_code_of_a_problem_stands_in_the_reference_and_has_words_in_both_languages() -> None:
    text = (Path(__file__).parents[3] / "docs" / "reference" / "rest-api.md").read_text()
    for code, titles in TITLES.items():
        assert f"`{code}`" in text
        assert all(titles[words] for words in ("en", "fr"))
