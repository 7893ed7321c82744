"""Which addresses are private, in every disguise."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entremise.hooks.addresses import Reachable

PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001::1",
    "2001:db8::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
]
PUBLIC = [
    "93.184.216.34",
    "8.8.8.8",
    "172.32.0.1",
    "2606:2800:220:1:248:1893:25c8:1946",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused(address: str) -> None:
    assert not Reachable().permits("name.example", 443, address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_reachable(address: str) -> None:
    assert Reachable().permits("name.example", 443, address)


@given(st.ip_addresses(v=4))
def test_an_embedded_address_is_as_private_as_what_it_stands_for(address: ipaddress.IPv4Address) -> None:
    plain = Reachable().permits("x", 1, str(address))
    mapped = Reachable().permits("x", 1, f"::ffff:{address}")
    translated = Reachable().permits("x", 1, f"64:ff9b::{address}")
    assert plain == mapped == translated


def test_a_network_can_be_allowed_and_then_holds_for_mapped_addresses_too() -> None:
    reachable = Reachable(["10.1.0.0/16", "fd00::/8"])
    assert reachable.permits("x", 1, "10.1.2.3")
    assert reachable.permits("x", 1, "::ffff:10.1.2.3")
    assert reachable.permits("x", 1, "fd12::1")
    assert not reachable.permits("x", 1, "10.2.0.1")


def test_a_pair_is_compared_without_regard_to_case_or_brackets() -> None:
    reachable = Reachable(["Intra.example:8443", "[::1]:80"])
    assert reachable.permits("intra.EXAMPLE", 8443, "10.0.0.1")
    assert reachable.permits("[::1]", 80, "::1")
    assert not reachable.permits("intra.example", 443, "10.0.0.1")


def test_what_is_no_address_is_refused() -> None:
    assert not Reachable(["10.0.0.0/8"]).permits("x", 1, "not-an-address")
