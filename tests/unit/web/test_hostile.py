"""Whatever is asked with a good token, the answer is a success, a redirect, or a problem that names the fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from office import Office, an_office

from entremise.plugin.services.installations import NewInstallation
from entremise.plugin.web.api import ENDPOINTS

WORDS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "/", "//", "..", "%", "%2F", "\x00", "\ud7ff", "a" * 300, "conf", "a1", "results", "settings"]
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["connections.enabled", "connections.list_length", "mentorship.enabled", "x"])
BODIES = st.one_of(
    st.binary(max_size=50),
    st.fixed_dictionaries(
        {}, optional={"values": st.dictionaries(KEYS, JSON) | JSON, "locked": st.lists(KEYS) | JSON}
    ),
)
TAGS = st.sampled_from(["*", '"0-aa"', "0-aa", '"0-aa', 'W/"0-aa"', '"' + "9" * 40 + '-a"', ", ,", "é"])


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, NewInstallation]]:
    with an_office(tmp_path_factory.mktemp("hostile")) as opened:
        one = opened.tenant()
        opened.host_event(one)
        opened.attendee(one, "a1")
        yield opened, one


@settings(
    max_examples=4 * settings.default.max_examples,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    endpoint=st.sampled_from(ENDPOINTS),
    words=st.lists(WORDS, min_size=3, max_size=3),
    query=st.dictionaries(st.sampled_from(["after", "before", "limit", "x", "\x00"]), WORDS, max_size=2),
    body=BODIES,
    tag=TAGS,
    language=st.sampled_from(["fr", "en;q=x", "*", ";;,", "é"]),
)
def test_no_request_breaks_the_api(
    office: tuple[Office, NewInstallation], endpoint: Any, words: list[str], query: dict[str, str], body: Any,
    tag: str, language: str,
) -> None:  # fmt: skip
    service, one = office
    parts = iter(words)
    path = re.sub(
        r"<(?:\w+:)?(\w+)>",
        lambda found: one.installation.id if found[1] == "installation_id" else quote(next(parts), safe="/"),
        endpoint.path,
    )
    headers = {"If-Match": tag, "If-None-Match": tag, "Accept-Language": language}
    given_body = {"data": body} if isinstance(body, bytes) else {"json": body}
    answer = service.ask(
        endpoint.method, path, one.tokens["admin"], headers=headers, query_string=query, **given_body
    )
    assert answer.status_code < 500, answer.data
    if answer.status_code >= 400:
        assert answer.content_type == "application/problem+json"
        assert answer.json is not None
        assert {"type", "title", "status", "code"} <= answer.json.keys()
