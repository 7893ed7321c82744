"""Connects an event to a service, renews and rotates what proves us, and takes the connection down."""

import datetime as dt
import ipaddress
import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now
from django_scopes import scope
from pretix import __version__ as pretix_version

from . import __version__, addresses, client
from .extension_wire import checked
from .marking import mark
from .models import Connection, Held, Mark

FORMER_SECRET_HOLDS = dt.timedelta(hours=24)
"""What the service signed with the former secret may still be under way."""

_SECRETS = ("signing_secret", "callback_secret", "former_callback_secret", "token", "door")


class ConnectingFailed(client.ServiceRefused):
    """The service will not connect this event; ``code`` says why, as in every ``ServiceError``."""


def configured():
    """Return (service address, invitation) of ``[entremise]`` in pretix's configuration file; each may be empty."""
    return _configured("url").strip(), _configured("invitation").strip()


def connect(event, service, code, request=None):
    """Exchange the operator's code for a connection of this event, and start telling everything.

    A connection that was there is taken down, and everybody erased there. Raises ``client.ServiceError``.
    """
    address = allowed(service)
    door = secrets.token_urlsafe(32)
    callback = callback_url(event, door)
    try:
        made = client.connect(
            address, code, name=_name_of(event), callback_url=callback, settings_page=settings_page(event),
            host={"kind": "pretix", "version": pretix_version, "extension": __version__},
        )  # fmt: skip
    except client.ServiceRefused as error:
        if error.field in {"callback_url", "settings_page"}:
            said = callback if error.field == "callback_url" else settings_page(event)
            root = "{0.scheme}://{0.netloc}".format(urlsplit(said))
            raise ConnectingFailed("elsewhere", status=error.status, detail=root, field="code") from error
        raise
    with scope(organizer=event.organizer), transaction.atomic():
        former = Connection.objects.select_for_update().filter(event=event).first()
        if former is not None:
            _take_down(former, erase=True)
        # Whoever connects anew has read what the earlier connections left.
        Connection.objects.filter(former_event=event, state__in=Connection.OVER).delete()
        # What another service suggested means nothing here, and its revisions would hide what comes.
        Held.objects.filter(position__order__event=event).delete()
        connection = Connection.objects.create(
            event=event, service=address, installation=made.installation, host_event=event.slug, door=door,
            signing_secret=made.signing_secret, callback_secret=made.callback_secret, token=made.token,
            fingerprint=made.fingerprint,
        )  # fmt: skip
        mark(event, Mark.HOST_EVENT)
        mark(event, Mark.EVERYTHING)
    return connection


def renew(connection, *, rotate=(), resume=False, addresses=False):
    """Fetch the newest credentials, prove by signature who asks, and keep them.

    ``rotate`` may hold ``secrets`` and ``token``; ``addresses`` says anew where this pretix is. The former callback
    secret stays good for a day. Raises ``client.ServiceError``.
    """
    said = {}
    if addresses:
        said = {
            "callback_url": callback_url(connection.event, connection.door),
            "settings_page": settings_page(connection.event),
        }
    with service_of(connection) as service:
        newest = service.renew(rotate=rotate, resume=resume, **said)
    found = {
        "signing_secret": newest.signing_secret, "callback_secret": newest.callback_secret,
        "token": newest.token, "fingerprint": newest.fingerprint,
    }  # fmt: skip
    if newest.callback_secret != connection.callback_secret:
        found["former_callback_secret"] = connection.callback_secret
        found["former_until"] = now() + FORMER_SECRET_HOLDS
    Connection.objects.filter(pk=connection.pk).update(**found)
    for name, value in found.items():
        setattr(connection, name, value)


def disconnect(connection, *, erase):
    """Take the connection down: at once here, and at the service now or as soon as it answers."""
    from .farewell import say_farewell

    event = connection.event
    if event is None:
        _take_down(connection, erase=erase)
    else:
        with scope(organizer=event.organizer), transaction.atomic():
            _take_down(connection, erase=erase)
            Held.objects.filter(position__order__event=event).delete()
            Mark.objects.filter(event=event).delete()
    transaction.on_commit(lambda: say_farewell(connection.pk))


def _take_down(connection, *, erase):
    """Let go of the event, so that it can be connected anew while the farewell is still to be said."""
    found = {
        "event": None, "former_event": connection.event, "state": Connection.LEAVING, "erase_on_leaving": erase,
        "manifest": None, "board": None, "wanted": None, "status": None, "backfill_after": None, "failures": 0, "retry_at": None, "problem": "",
        "problem_detail": "",
    }  # fmt: skip
    Connection.objects.filter(pk=connection.pk).update(**found)
    for name, value in found.items():
        setattr(connection, name, value)


def service_of(connection, *, timeout=10.0):
    """Return the ``client.Service`` of this connection; close it, or use it in a ``with``. ``timeout`` in seconds."""
    credentials = client.Credentials(
        service=connection.service, installation=connection.installation,
        signing_secret=connection.signing_secret, callback_secret=connection.callback_secret,
        token=connection.token, fingerprint=connection.fingerprint,
    )  # fmt: skip
    return client.Service(credentials, timeout=timeout)


def redact(connection, text):
    """Return the text without anything that proves who we are."""
    for name in _SECRETS:
        if secret := getattr(connection, name):
            text = text.replace(secret, "•••")
    return text


def allowed(service):
    """Return the service's address as it is used; raises ``ServiceRefused`` where secrets would travel in the clear.

    Plain http is for a service on this very machine, or where the operator of pretix set ``insecure=on``.
    """
    address = checked(service)
    parts = urlsplit(address)
    if parts.scheme != "https" and not _is_here(parts.hostname) and not _insecure():
        raise ConnectingFailed("bad_address", detail="https is needed", field="service")
    return address


def callback_url(event, door):
    """Return where the service posts results to; ``door`` is the part that nobody guesses."""
    return addresses.in_shop(event, "results", door=door)


def settings_page(event):
    """Return the address of the page that owns the switches."""
    return addresses.in_office(event, "settings")


def _name_of(event):
    """Return what the operator of the service reads; control characters would be refused."""
    text = f"{event.name} ({event.organizer.slug}/{event.slug})"
    return "".join(one for one in text if one.isprintable())[:200]


def _is_here(host):
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _configured(key):
    return settings.CONFIG_FILE.get("entremise", key, fallback="") or ""


def _insecure():
    return _configured("insecure").strip().lower() in {"1", "yes", "true", "on"}
