"""What went wrong between pretix and the service, in words, and what to do next."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Problem:
    """``what`` happened and what to do ``next``; ``field`` names the input to blame, where one is."""

    code: str
    what: str
    next: str
    field: str = ""
    detail: str = ""

    @property
    def text(self):
        """Return the whole of it, with what the address would have to be where that is known."""
        return " ".join(str(part) for part in (self.what, self.next, self._address) if part)

    @property
    def _address(self):
        return self.detail if self.code == "elsewhere" else ""


_SERVICE, _CODE = "service", "code"

_KNOWN = {
    "bad_code": (
        _("The service does not accept this code."),
        _("A code works once and only for a few days, and only for the address that it was made for. Ask whoever runs the "
          "service for a new one, and paste the whole of it."),
        _CODE,
    ),
    "elsewhere": (
        _("The code was made for a pretix at another address."),
        _("Ask whoever runs the service for a code that is made with the address below."),
        _CODE,
    ),
    "bad_address": (
        _("This is not the address of a service."),
        _("Enter the address as it was given to you, beginning with https://."),
        _SERVICE,
    ),
    "no_answer": (
        _("The service does not answer at this address."),
        _("Check the address for typing mistakes. If it is right, the service may be down, or a firewall may keep this "
          "server from it: ask whoever runs it."),
        _SERVICE,
    ),
    "certificate": (
        _("The service’s certificate cannot be trusted."),
        _("Check that the address is right. If it is, whoever runs the service has to renew its certificate, or this "
          "server has to be told about the authority that issued it."),
        _SERVICE,
    ),
    "timeout": (
        _("The service took too long to answer."),
        _("Try again in a few minutes. Nothing is lost: what changes in the meantime is sent later."),
        _SERVICE,
    ),
    "blocked": (
        _("This pretix does not allow itself to reach that address, because it lies in a private network."),
        _("If the service runs in your own network, whoever runs pretix has to set allow_http_to_private_networks=on in "
          "the section [pretix] of its configuration file, and restart it. Otherwise check the address."),
        _SERVICE,
    ),
    "moved": (
        _("The service says that it is at another address."),
        _("Open the address in a browser to see where it leads, and enter that one. Secrets are never sent after a "
          "redirection."),
        _SERVICE,
    ),
    "not_the_service": (
        _("Something else than the service answers at this address."),
        _("Check the address: it is the one that was printed together with the code."),
        _SERVICE,
    ),
    "unauthenticated": (
        _("The service does not know this connection any more."),
        _("Ask for a new code, and connect again. What attendees see stays until then."),
        "",
    ),
    "conflict": (
        _("The service has stopped this connection."),
        _("Whoever runs the service has switched it off there: ask them."),
        "",
    ),
    "too_many": (
        _("The service asks to be left alone for a while."),
        _("Nothing is to be done: it goes on by itself."),
        "",
    ),
    "away": (
        _("The service has a problem of its own at the moment."),
        _("Nothing is lost: it is tried again by itself. If it lasts for more than an hour, tell whoever runs the service."),
        "",
    ),
    "locked": (
        _("A setting has been locked at a higher level."),
        _("Put it back, or ask whoever locked it."),
        "",
    ),
    "invalid": (
        _("The service does not accept a value."),
        _("Correct it and save again."),
        "",
    ),
    "ticket": (
        _("The service did not accept what was sent about one order."),
        _("Everybody else is sent. Tell whoever runs the service what stands below; the order is sent again when it "
          "changes."),
        "",
    ),
    "unreadable": (
        _("One order could not be read."),
        _("Everybody else is sent. Tell whoever runs this pretix what stands below."),
        "",
    ),
    "stale": (
        _("The settings were changed at the service in the meantime."),
        _("Look at them again, and save once more."),
        "",
    ),
}  # fmt: skip

_SAME = {
    "forbidden": "unauthenticated", "not_found": "unauthenticated", "http_401": "unauthenticated",
    "refused": "unauthenticated", "http_403": "unauthenticated", "http_404": "not_the_service",
    "backpressure": "too_many", "http_429": "too_many", "rate_limited": "too_many", "too_many_requests": "too_many",
    "database_away": "away", "http_500": "away", "http_502": "away", "http_503": "away", "http_504": "away",
    "disabled": "conflict", "host_owns_settings": "conflict", "http_405": "not_the_service",
}  # fmt: skip

OF_SETTINGS = "settings_"
"""Before what the service said of settings that were saved here."""
CERTIFICATE_DETAIL = "SSLError"


def explain(code, *, detail="", field=""):
    """Return what a code of ``client.ServiceError`` (or ``Connection.problem``) means to an organiser."""
    code = code.removeprefix(OF_SETTINGS)
    known = "certificate" if code == "no_answer" and CERTIFICATE_DETAIL in detail else _SAME.get(code, code)
    if known not in _KNOWN:
        known = "away" if known.startswith("http_5") else known
    what, then, blamed = _KNOWN.get(
        known,
        (
            _("Something went wrong that has no name here."),
            _("Try again; if it happens again, tell whoever runs the service the code below."),
            "",
        ),
    )
    return Problem(code, what, then, blamed or field, detail)


def of_error(error):
    """Return the problem that a ``client.ServiceError`` is."""
    return explain(error.code, detail=error.detail, field=error.field)


def of_connection(connection):
    """Return the last problem of a connection; ``None`` where all is well."""
    if connection is None or not connection.problem:
        return None
    return explain(connection.problem, detail=connection.problem_detail)
