"""What ``entremise new-host`` writes, file by file: it runs as it stands, and refuses what nobody has told it yet.

``$$name`` and ``$$Name`` are replaced (``string.Template``); a dollar sign that is meant is doubled.
"""

from __future__ import annotations

_INIT = '''\
"""The host $name."""

from __future__ import annotations

from ...markers import hookimpl
from .host import ${Name}Host


@hookimpl
def entremise_register_host() -> ${Name}Host:
    """Register the host ``$name``."""
    return ${Name}Host()
'''

_HOST = '''\
"""The adapter for $name: fulfils ``HostAdapter`` by handing each question to the file that can answer it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from ....plugin.domain.delivery import Delivery
from ....plugin.domain.errors import HostError
from ....plugin.domain.events import DomainEvent, Hint
from ....plugin.domain.suggestions import Result
from ... import signatures
from ...contract import Capabilities, HostContext, Installation
from . import client
from .configuration import ${Name}Configuration, ${Name}Secrets
from .translate import translate

SIGNATURE = "x-$name-signature"
"""The header, in lower case, that carries the signature."""


class ${Name}Host:
    """Registrations from $name, suggestions back to it."""

    name = "$name"
    # `signed`: does $name sign its webhooks? `ordered`: do they carry a version or a time of their own?
    # `unsupported`: what $name can never say, each with the reason.
    capabilities = Capabilities(signed=True, ordered=True, unsupported={})
    configuration = ${Name}Configuration
    secrets = ${Name}Secrets

    def verify(self, delivery: Delivery, installation: Installation, *, now: float) -> None:
        """Check HMAC-SHA256 over the raw body, in hexadecimal; ``hooks/signatures.py`` has the other schemes."""
        secret = installation.secrets.get("signing_secret", "")
        given = delivery.headers.get(SIGNATURE, "")
        signatures.verify_hex([secret.encode()] if secret else [], given, delivery.body)

    def unpack(self, delivery: Delivery) -> Sequence[Delivery]:
        """One webhook, one delivery."""
        return [delivery]

    def delivery_key(self, delivery: Delivery) -> str | None:
        """The same body is the same delivery, as long as $name names none itself."""
        return hashlib.sha256(delivery.body).hexdigest()

    def parse(self, delivery: Delivery, installation: Installation) -> Sequence[DomainEvent | Hint]:
        """Validate and translate."""
        return translate(delivery.body, tie=self.delivery_key(delivery) or "")

    def fetch(self, hint: Hint, context: HostContext) -> Sequence[DomainEvent]:
        """Nothing to look up, as long as deliveries say everything themselves."""
        return ()

    def reconcile(self, since: float | None, context: HostContext) -> Iterable[Hint | DomainEvent]:
        """Nothing to compare, as long as $name announces everything."""
        return ()

    def publish(self, results: Sequence[Result], context: HostContext) -> Sequence[HostError | None]:
        """Bring $name to these results."""
        return client.publish(results, context)

    def check(self, context: HostContext) -> str:
        """Ask $name whether it knows us."""
        return client.check(context)
'''

_CONFIGURATION = '''\
"""What an operator sets for one $name."""

from __future__ import annotations

from marshmallow import Schema, fields, validate


class ${Name}Configuration(Schema):
    """Where $name is."""

    url = fields.Url(require_tld=False, required=True, metadata={"description": "Address of $name."})
    allow_private = fields.List(
        fields.String(), metadata={"description": "Private addresses that may be reached: host:port or networks."}
    )


class ${Name}Secrets(Schema):
    """What must not be shown."""

    signing_secret = fields.String(
        required=True, validate=validate.Length(min=16), metadata={"description": "Signs what $name sends."}
    )
    api_token = fields.String(required=True, metadata={"description": "Lets us write to $name."})
'''

_SCHEMAS = '''\
"""What $name sends: only the fields that are used, each with its bounds. Everything else is let through unread."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate


class DeliverySchema(Schema):
    """The envelope of every webhook."""

    class Meta:
        """$name may add fields whenever it likes."""

        unknown = EXCLUDE

    type = fields.String(required=True, validate=validate.Length(max=100))
'''

_TRANSLATE = '''\
"""The words of $name become ours, by one table. Pure: no network, no clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from marshmallow import ValidationError

from ....plugin.domain.errors import InvalidPayload, UnsupportedDelivery
from ....plugin.domain.events import DomainEvent
from .schemas import DeliverySchema


def translate(body: bytes, *, tie: str) -> Sequence[DomainEvent]:
    """Return what the delivery says; raises ``InvalidPayload`` naming the field, or ``UnsupportedDelivery``."""
    try:
        delivery = DeliverySchema().load(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise InvalidPayload("not JSON") from error
    except ValidationError as error:
        raise InvalidPayload("is missing or malformed", field=next(iter(error.normalized_messages()))) from error
    meaning = MEANINGS.get(delivery["type"])
    if meaning is None:
        raise UnsupportedDelivery("MEANINGS in hooks/hosts/$name/translate.py has no entry for this type")
    return [meaning(delivery, tie)]


MEANINGS: Mapping[str, Callable[[Mapping[str, Any], str], DomainEvent]] = {}
"""What each type of $name means."""
'''

_CLIENT = '''\
"""Talks to $name: writes results there, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import orjson

from ....plugin.domain.errors import HostError, HostUnauthorized, HostUnavailable
from ....plugin.domain.suggestions import Result
from ...contract import HostContext


def publish(results: Sequence[Result], context: HostContext) -> Sequence[HostError | None]:
    """Return one answer for each; once $name is away or turns us away, the rest is not tried."""
    outcomes: list[HostError | None] = []
    trouble: HostError | None = None
    for result in results:
        outcome = trouble or _put(result, context)
        if isinstance(outcome, HostUnavailable | HostUnauthorized):
            trouble = outcome
        outcomes.append(outcome)
    return outcomes


def check(context: HostContext) -> str:
    """Say that $name answers and takes our token, or raise ``HostError``."""
    context.http.expect(context.http.request("GET", _address(context, "me"), headers=_headers(context)))
    return "$name knows our token"


def _put(result: Result, context: HostContext) -> HostError | None:
    # A payload of None is a withdrawal: what was shown has to go.
    body = orjson.dumps({"revision": result.revision, "result": result.payload})
    address = _address(context, f"people/{quote(result.recipient, safe='')}/{result.feature}")
    headers = {**_headers(context), "idempotency-key": result.idempotency_key}
    try:
        context.http.expect(context.http.request("PUT", address, headers=headers, body=body))
    except HostError as error:
        return error
    return None


def _address(context: HostContext, path: str) -> str:
    return f"{str(context.installation.config['url']).rstrip('/')}/api/{path}"


def _headers(context: HostContext) -> dict[str, str]:
    token = context.installation.secrets["api_token"]
    return {"authorization": f"Bearer {token}", "content-type": "application/json"}
'''

_README = """\
# $name

Say here, for whoever runs $name: where the webhook address is entered, which token is needed and with which rights, and
what attendees will see. Then, just as plainly, the limits: what $name never announces, and what that means.

## Set up

1. ...

## Limits

- ...
"""

_WORKBENCH = '''\
"""An installation of $name, and how its deliveries are signed."""

from __future__ import annotations

from workbench import kindly

from entremise.hooks import Delivery, Installation

SECRET = "a secret of sixteen or more"


def installation(address: str) -> Installation:
    """Return a tenant whose $name answers at ``address``."""
    return Installation(
        id="inst",
        host="$name",
        name="$name",
        config={"url": address, "allow_private": ["127.0.0.1"]},
        secrets={"signing_secret": SECRET, "api_token": "t0ken"},
    )


def sign(delivery: Delivery, *, at: float) -> Delivery:
    """Return the delivery as $name signs it with ``SECRET``."""
    kindly("$name: say in tests/hosts/$name/workbench.py how a delivery is signed, and see that host.py verifies just that")
    return delivery
'''

FILES = {
    "hooks/hosts/NAME/__init__.py": _INIT,
    "hooks/hosts/NAME/host.py": _HOST,
    "hooks/hosts/NAME/configuration.py": _CONFIGURATION,
    "hooks/hosts/NAME/schemas.py": _SCHEMAS,
    "hooks/hosts/NAME/translate.py": _TRANSLATE,
    "hooks/hosts/NAME/client.py": _CLIENT,
    "hooks/hosts/NAME/README.md": _README,
    "tests/hosts/NAME/workbench.py": _WORKBENCH,
}
"""Paths within a clone (NAME stands for the host's name) and what is written there."""
