"""Decides which network addresses may be reached: the public ones, and what the operator allowed by name."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from ..plugin.domain.errors import ConfigurationError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_HOST_PORT = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^\s/:\[\]]+)):(\d{1,5})")


class Reachable:
    """What may be reached. ``allowed`` holds ``host:port`` pairs and networks that are reachable though private.

    ``host:port`` is compared with the address asked for (``pretix.intra:443``, ``[::1]:8080``), a network
    (``10.1.0.0/16``, ``127.0.0.1``) with where the connection leads. Raises ``ConfigurationError`` on anything else.
    """

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        self._pairs: set[tuple[str, int]] = set()
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for entry in allowed:
            pair = _HOST_PORT.fullmatch(entry)
            if pair and 0 < int(pair[3]) < 65536:
                self._pairs.add(((pair[1] or pair[2]).lower(), int(pair[3])))
                continue
            try:
                self._networks.append(ipaddress.ip_network(entry, strict=False))
            except ValueError as error:
                raise ConfigurationError(
                    f"{entry!r} is neither host:port nor a network such as 10.1.0.0/16"
                ) from error

    def permits(self, host: str, port: int, address: str) -> bool:
        """Whether a request for ``host:port`` may be connected to ``address`` (numeric, as resolved)."""
        if (host.strip("[]").lower(), port) in self._pairs:
            return True
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        real = embedded(found)
        return is_public(real) or any(
            candidate in network for network in self._networks for candidate in {found, real}
        )


def embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for (mapped, 6to4, NAT64), or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether the address belongs to the open internet."""
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_link_local
    if isinstance(address, ipaddress.IPv6Address):
        special = special or address.is_site_local
    return address.is_global and not special
