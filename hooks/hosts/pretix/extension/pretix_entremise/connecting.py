"""Connects an event to a service, renews and rotates what proves us, and takes the connection down."""


def configured():
    """Return (service address, invitation) of pretix's configuration file; each may be empty."""
    raise NotImplementedError


def connect(event, service, code, request=None):
    """Exchange the operator's code for a connection of this event; return it. Raises ``ConnectingFailed``."""
    raise NotImplementedError


def renew(connection, *, rotate=(), resume=False):
    """Fetch the newest credentials; ``rotate`` may hold ``secrets`` and ``token``. Raises ``client.ServiceError``."""
    raise NotImplementedError


def disconnect(connection, *, erase):
    """Take the connection down: at once here, at the service as soon as it answers."""
    raise NotImplementedError


def service_of(connection):
    """Return the ``client.Service`` of this connection; close it, or use it in a ``with``."""
    raise NotImplementedError
