"""The door at which the service delivers results: signed over the raw body, at an address that only it knows."""

import hmac
import json

from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, JsonResponse
from django.utils.timezone import now
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .arriving import Disconnected, Unreadable, apply
from .client import BadSignature, verify
from .guards import connection_of

MOST_BYTES = 8 * 1024 * 1024
"""Of one request; the service sends at most 100 results in one."""

MOST_RESULTS = 1000


@csrf_exempt
@require_POST
def results(request, door, **_):
    """Keep the results of one batch: 200 ``{"applied": n}``. What is wrong is said as a problem document (RFC 9457)."""
    connection = connection_of(request.event)
    # Compared in any case, so that the time does not say whether the event is connected.
    ours = hmac.compare_digest((connection.door if connection else "no door").encode(), door.encode())
    if connection is None or not ours:
        raise Http404
    if _length(request) > MOST_BYTES:
        return _problem(413, "too_large", f"more than {MOST_BYTES} bytes")
    body = request.body
    try:
        verify(secrets_of(connection), dict(request.headers), body, now=now().timestamp())
    except BadSignature as error:
        return _problem(401, "bad_signature", str(error))
    try:
        batch = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return _problem(400, "not_json", "the body is no JSON")
    batch = [batch] if isinstance(batch, dict) else batch
    if not isinstance(batch, list) or len(batch) > MOST_RESULTS:
        return _problem(400, "not_a_batch", f"a list of at most {MOST_RESULTS} CloudEvents is expected")
    return _applied(connection, batch)


def secrets_of(connection):
    """Return the secrets that are good for what comes in: the newest, and the former one for as long as it is."""
    former = connection.former_until is not None and connection.former_until > now()
    wanted = [connection.callback_secret, connection.former_callback_secret if former else ""]
    return [secret for secret in wanted if secret]


def _applied(connection, batch):
    for last in (False, True):
        try:
            return JsonResponse({"applied": apply(connection, batch)})
        except Unreadable as error:
            return _problem(422, "unreadable", str(error))
        except Disconnected as error:
            raise Http404 from error
        except DataError:
            return _problem(422, "unreadable", "the database cannot store this")
        except (OperationalError, IntegrityError):
            # The database was busy, or a ticket went away between looking and writing: the state has moved on.
            if last:
                answer = _problem(503, "busy", "the database is busy")
                answer["Retry-After"] = "5"
                return answer
    raise AssertionError("unreachable")


def _length(request):
    declared = request.headers.get("Content-Length") or "0"
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def _no_number(name):
    raise ValueError(f"{name} is no JSON")


def _problem(status, code, detail):
    said = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": detail}
    return JsonResponse(said, status=status, content_type="application/problem+json")
