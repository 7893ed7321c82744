"""Keeps secrets: seals them under the service's keys, hashes tokens, and makes digests that say nothing."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from ..domain.errors import ConfigurationError

REMEMBERED = 256
"""Opened documents kept in memory, so that a door does not decrypt the same secrets for every delivery."""


class Vault:
    """Encryption and hashing for one service.

    ``keys`` are Fernet keys, newest first: the first seals, all open. Digests are keyed with the *last* one, so
    that tombstones stay valid when a key is added in front; that last key must stay in the list for good.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ConfigurationError(
                "ENTREMISE_SECRET_KEY is not set: secrets cannot be kept without a key. "
                "Make one with: entremise installation make-key"
            )
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise ConfigurationError(
                "ENTREMISE_SECRET_KEY: each key must be 32 bytes in URL-safe base64 (44 characters)"
            ) from error
        self._digest_key = hashlib.sha256(b"entremise tombstones\0" + keys[-1].encode()).digest()
        self._opened: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()

    @staticmethod
    def make_key() -> str:
        """Return a fresh key for ``ENTREMISE_SECRET_KEY``."""
        return Fernet.generate_key().decode()

    def seal(self, document: Mapping[str, Any]) -> bytes:
        """Encrypt JSON-ready data under the newest key."""
        return self._fernet.encrypt(orjson.dumps(dict(document)))

    def open(self, sealed: bytes) -> dict[str, Any]:
        """Decrypt what ``seal`` made; raises ``ConfigurationError`` when no key fits."""
        with self._lock:
            clear = self._opened.get(sealed)
        if clear is None:
            try:
                clear = self._fernet.decrypt(sealed)
            except InvalidToken as error:
                raise ConfigurationError(
                    "no key of ENTREMISE_SECRET_KEY opens what is stored: was a key dropped?"
                ) from error
            with self._lock:
                self._opened[sealed] = clear
                while len(self._opened) > REMEMBERED:
                    self._opened.popitem(last=False)
        document: dict[str, Any] = orjson.loads(clear)
        return document

    def reseal(self, sealed: bytes) -> bytes:
        """Return the same document encrypted under the newest key, so that an older key may go."""
        return self.seal(self.open(sealed))

    def hash_token(self, token: str) -> str:
        """Return what is stored of a token (64 hexadecimal digits).

        Tokens hold 256 random bits, so a plain fast hash cannot be reversed, and it outlives every key.
        """
        return hashlib.sha256(b"entremise token\0" + token.encode()).hexdigest()

    def digest(self, installation_id: str, ref: str) -> str:
        """Return a keyed hash of a person at an installation (64 hexadecimal digits), for tombstones."""
        message = installation_id.encode() + b"\0" + ref.encode()
        return hmac.new(self._digest_key, message, hashlib.sha256).hexdigest()
