"""Everything that can go wrong, as one tree; the family decides what happens next.

EntremiseError
├── ConfigurationError            refuse to start; the message says what to set
│   ├── DuplicateHost             two adapters (or hooks) claim one name
│   ├── UnknownHost               no adapter has that name
│   └── InvalidManifest           manifest.yaml and the code disagree
├── DeliveryError                 the input is at fault: never retried by itself
│   ├── InvalidSignature          401, nothing is stored
│   ├── InvalidPayload            dead letter, raw bytes kept, replayable
│   └── UnsupportedDelivery       counted and dropped: a kind that nobody here needs
├── HostError                     the platform is at fault
│   ├── HostUnavailable           retry with backoff; honours ``retry_after``
│   ├── HostUnauthorized          pause this installation, tell the operator
│   └── HostRejected              dead letter
├── RequestError                  somebody asked for what cannot be given
│   ├── Unauthenticated           401: no token, or none that is known
│   ├── Forbidden                 403: the token's scopes do not cover this
│   │   └── BadCode               the code of an invitation is wrong, spent or too old
│   ├── NotFound                  404: not there, or not this tenant's
│   ├── Conflict                  409: the state of things forbids it
│   │   ├── Locked                a higher scope has locked these settings
│   │   └── NotTheOwner           the host owns the switches; ``see`` is its page
│   └── Stale                     412: somebody else changed it since it was read
├── LeaseLost                     another worker took over; drop the work, it is being done
├── SourceUnavailable             the broker does not answer: come again later
└── Backpressure                  not a fault: pause the source, answer 503 with Retry-After

A duplicate delivery is an answer, not an error: ``Inbox.add_many`` counts it.
"""

from __future__ import annotations


class EntremiseError(Exception):
    """Root of all errors that entremise raises on purpose."""


class ConfigurationError(EntremiseError):
    """The operator has to change something before this can run."""


class DuplicateHost(ConfigurationError):
    """Two plugins registered a host (or the same hook twice) under one name."""


class UnknownHost(ConfigurationError):
    """No plugin registered a host of this name."""


class InvalidManifest(ConfigurationError):
    """``manifest.yaml`` is malformed or disagrees with the code."""


class DeliveryError(EntremiseError):
    """What arrived cannot be used as it is."""


class InvalidSignature(DeliveryError):
    """The delivery is not proved to come from the installation's host."""


class InvalidPayload(DeliveryError):
    """The body is malformed; ``field`` is the dotted path of the first bad field, if one is to blame."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class UnsupportedDelivery(DeliveryError):
    """A well-formed delivery of a kind that means nothing to entremise."""


class HostError(EntremiseError):
    """The host did not do what was asked of it."""


class HostUnavailable(HostError):
    """Time-out, connection failure, 408, 429 or 5xx. ``retry_after`` is in seconds, when the host named it."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class HostUnauthorized(HostError):
    """401 or 403: the credential is wrong, expired or too narrow."""


class HostRejected(HostError):
    """The host understood and refused (4xx): sending the same again cannot help."""


class RequestError(EntremiseError):
    """A person or program asked for something that they cannot have (so, or now)."""


class Unauthenticated(RequestError):
    """No token was given, or it is unknown or revoked."""


class Forbidden(RequestError):
    """The token is good, but its scopes do not cover this."""


class BadCode(Forbidden):
    """The code of an invitation is unknown, spent or expired; nobody is told which."""


class NotFound(RequestError):
    """There is no such thing, as far as this tenant may know."""


class Conflict(RequestError):
    """The state of things forbids it."""


class Locked(Conflict):
    """A higher scope has locked the settings named in ``keys``."""

    def __init__(self, message: str, *, keys: tuple[str, ...]) -> None:
        super().__init__(message)
        self.keys = keys


class NotTheOwner(Conflict):
    """The host owns the switches. ``see`` is the address of its settings page, where it told us one."""

    def __init__(self, message: str, *, see: str | None = None) -> None:
        super().__init__(message)
        self.see = see


class Stale(RequestError):
    """Somebody else changed the thing since it was read; read it again. ``version`` is the one it has now."""

    def __init__(self, message: str, *, version: int) -> None:
        super().__init__(message)
        self.version = version


class LeaseLost(EntremiseError):
    """The lease under which this work was done belongs to somebody else now."""


class SourceUnavailable(EntremiseError):
    """A place that records are pulled from does not answer now."""


class Backpressure(EntremiseError):
    """Too much is waiting. ``retry_after`` is in seconds."""

    def __init__(self, message: str, *, retry_after: float = 5.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after
