"""Whether one web address lies below another one: read strictly, since whoever may answer there is given people's data."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

Place = tuple[str, str, int, tuple[str, ...]]
"""Scheme, host, port, and the parts of the path."""

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_PORTS = {"http": 80, "https": 443}
# What stands for a letter beyond ASCII may be percent-encoded; an encoded dot or slash is somebody's trick.
_PART = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[89A-Fa-f][0-9A-Fa-f])+")


def place(address: str) -> Place:
    """Take an http or https address apart; a final slash says nothing.

    Raises ``ValueError`` for anything that two programs might read differently: user names, queries, fragments,
    backslashes, white space, dots as parts of the path, empty parts, encoded ASCII, a host that is not plain.
    """
    if not address.isascii() or not address.isprintable() or set(address) & set(" \\@?#"):
        raise ValueError("an address has no white space, backslash, user name, query or fragment")
    scheme, colon, rest = address.partition("://")
    scheme = scheme.lower()
    if not colon or scheme not in _PORTS:
        raise ValueError("an address begins with https:// or http://")
    netloc, _, path = rest.partition("/")
    host, port = _host_and_port(netloc.lower(), _PORTS[scheme])
    parts = path.removesuffix("/").split("/") if path.removesuffix("/") else []
    for part in parts:
        if part in {".", ".."} or not _PART.fullmatch(part):
            raise ValueError("the path has a part that is empty, dots, or cannot stand there")
    if urlsplit(address).hostname != host.strip("[]"):
        raise ValueError("the host can be read in two ways")
    return scheme, host, port, tuple(parts)


def lies_below(address: str, above: str) -> bool:
    """Whether ``address`` is ``above`` or lies below it: the same scheme, host and port, and a path that goes on.

    >>> lies_below("https://a.example/x/y", "https://a.example/x")
    True
    >>> lies_below("https://a.example/xy", "https://a.example/x")
    False
    >>> lies_below("https://a.example.evil.example/x", "https://a.example")
    False
    """
    try:
        *here, path = place(address)
        *there, base = place(above)
    except ValueError:
        return False
    return here == there and path[: len(base)] == base


def _host_and_port(netloc: str, usual: int) -> tuple[str, int]:
    host, colon, port = netloc, "", ""
    if not netloc.endswith("]"):
        host, colon, port = netloc.rpartition(":") if ":" in netloc else (netloc, "", "")
    if not _HOST.fullmatch(host):
        raise ValueError("the host is not plain")
    if not colon:
        return host, usual
    if not re.fullmatch(r"[1-9][0-9]{0,4}", port) or int(port) > 65535:
        raise ValueError("the port is none")
    return host, int(port)
