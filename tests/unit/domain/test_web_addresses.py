"""Whoever was invited below one address can have people's data sent nowhere else."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entremise.plugin.domain.web_addresses import lies_below, place

SHOP = "https://tickets.example.org/shop"


@pytest.mark.parametrize(
    ("address", "above"),
    [
        (SHOP, SHOP),
        (f"{SHOP}/", SHOP),
        (SHOP, f"{SHOP}/"),
        (f"{SHOP}/acme/summit/results/x-y_z~1/", SHOP),
        ("https://tickets.example.org:443/shop/a", SHOP),
        ("HTTPS://Tickets.Example.ORG/shop/a", SHOP),
        ("http://127.0.0.1:8345/a", "http://127.0.0.1:8345"),
        ("http://[::1]:8345/a", "http://[::1]:8345/"),
        ("https://tickets.example.org/%C3%A9t%C3%A9/a", "https://tickets.example.org/%C3%A9t%C3%A9"),
    ],
)
def test_what_lies_below(address: str, above: str) -> None:
    assert lies_below(address, above)


@pytest.mark.parametrize(
    "address",
    [
        "https://tickets.example.org/shopping",
        "https://tickets.example.org/shop.evil/x",
        "https://tickets.example.org/",
        "https://tickets.example.org/Shop/x",
        "http://tickets.example.org/shop/x",
        "https://tickets.example.org:8443/shop/x",
        "https://tickets.example.org.evil.example/shop/x",
        "https://eviltickets.example.org/shop/x",
        "https://tickets.example.org./shop/x",
        "https://tickets.example.org@evil.example/shop/x",
        "https://user:pass@tickets.example.org/shop/x",
        "https://evil.example\\@tickets.example.org/shop/x",
        "https://evil.example\\.tickets.example.org/shop/x",
        "https://tickets.example.org\\.evil.example/shop/x",
        "https://evil.example#@tickets.example.org/shop/x",
        "https://evil.example?@tickets.example.org/shop/x",
        "https://tickets.example.org/shop/../admin",
        "https://tickets.example.org/shop/./x",
        "https://tickets.example.org/shop/%2e%2e/admin",
        "https://tickets.example.org/shop/%2E./admin",
        "https://tickets.example.org/shop/..%2fadmin",
        "https://tickets.example.org/shop/..%5cadmin",
        "https://tickets.example.org/shop/%252e%252e/admin",
        "https://tickets.example.org/shop/..\\admin",
        "https://tickets.example.org/shop//evil.example/x",
        "https://tickets.example.org//shop/x",
        "https://tickets.example.org/shop/x?to=y",
        "https://tickets.example.org/shop/x#y",
        "https://tickets.example.org/shop/x y",
        "https://tickets.example.org/shop/x\n",
        " https://tickets.example.org/shop/x",
        "https://tickets.example.org/shop/\N{FULLWIDTH FULL STOP}\N{FULLWIDTH FULL STOP}/x",
        "https://tickets.example.org\N{FULLWIDTH SOLIDUS}.evil.example/shop/x",
        "https://tickets.example.org:99999/shop/x",
        "https://tickets.example.org:/shop/x",
        "https://tickets.example.org:0443/shop/x",
        "https:tickets.example.org/shop/x",
        "//tickets.example.org/shop/x",
        "ftp://tickets.example.org/shop/x",
        "javascript:alert(1)",
        "",
    ],
)
def test_what_does_not_lie_below(address: str) -> None:
    assert not lies_below(address, SHOP)


_INGREDIENTS = st.lists(
    st.sampled_from(
        ["https://", "http://", "tickets.example.org", "/shop", "/", "//", "..", ".", "%2e", "%2f", "%5c", "@", ":",
         "443", "evil.example", "\\", "?", "#", "x", " ", "\t", "[", "]", "é", "a:b@", ";", "&"]
    ),
    max_size=9,
).map("".join)  # fmt: skip


@given(st.one_of(_INGREDIENTS, _INGREDIENTS.map(lambda rest: SHOP + rest), st.text(max_size=60)))
@example("https://tickets.example.org/shop/%2e%2e/x")
def test_whatever_is_accepted_every_reader_takes_for_a_place_in_the_shop(address: str) -> None:
    if not lies_below(address, SHOP):
        return
    parts = urlsplit(address)
    assert (parts.scheme, parts.hostname, parts.port or 443) == ("https", "tickets.example.org", 443)
    assert (parts.username, parts.password, parts.query, parts.fragment) == (None, None, "", "")
    resolved = urlsplit(urljoin(address, ""))
    assert (resolved.path + "/").startswith("/shop/")
    assert not {"..", "."} & set(resolved.path.split("/"))


@given(st.lists(st.from_regex(r"[a-z0-9_~-]{1,8}", fullmatch=True), max_size=4), st.integers(1, 65535))
def test_going_on_below_stays_below_and_a_longer_name_does_not(parts: list[str], port: int) -> None:
    above = "/".join([f"https://host.example:{port}", *parts])
    assert lies_below(f"{above}/more", above)
    if parts:
        assert not lies_below(f"{above}more", above)
        assert not lies_below("/".join([f"https://host.example:{port}", *parts[:-1]]), above)
    assert place(above) == place(f"{above}/")
