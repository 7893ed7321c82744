"""Brings what the organiser set here to the service, which owns nothing of it, and may have been changed by others."""

from django.db import transaction

from . import client
from .models import Connection, Mark
from .speaking import SETTINGS

TRIES = 3
STALE, CONFLICT, INVALID = 412, 409, 422


def step(speaker):
    """Send the settings that are wanted; return whether there was anything to do.

    What the service refuses stays wanted, with a problem that names it, until the organiser saves again.
    """
    marks = list(speaker.marks(Mark.SETTINGS).values_list("pk", flat=True))
    if not marks:
        return False
    known = Connection.objects.values("wanted", "board", "board_etag").get(pk=speaker.connection.pk)
    wanted = known["wanted"]
    if wanted is None:
        speaker.done(marks)
        return True
    try:
        board, etag = _put(speaker, wanted, known["board"], known["board_etag"])
    except client.ServiceRefused as error:
        if error.status not in {STALE, CONFLICT, INVALID}:
            raise
        speaker.done(marks, **_refusal(speaker, error))
        return True
    found = {"board": board, "board_etag": etag[:200]}
    if speaker.connection.problem.startswith(SETTINGS):
        found |= {"problem": "", "problem_detail": "", "problem_at": None}
    with transaction.atomic(durable=True):
        # Whoever saved meanwhile has made another mark, and it is their turn next.
        if Connection.objects.select_for_update().values_list("wanted").get(pk=speaker.connection.pk) == (
            wanted,
        ):
            found["wanted"] = None
        speaker.lease.hold(**found)
        speaker.marks(Mark.SETTINGS).filter(pk__in=marks).delete()
    for name, value in found.items():
        setattr(speaker.connection, name, value)
    return True


def merged(wanted, base, newest):
    """Return the newest values with only those changed that ``wanted`` changes in ``base``.

    >>> merged({"a": 1, "b": 2}, {"a": 1, "c": 3}, {"a": 9, "c": 3, "d": 4})
    {'a': 9, 'd': 4, 'b': 2}
    """
    changed = {key: value for key, value in wanted.items() if key not in base or base[key] != value}
    kept = {key: value for key, value in newest.items() if key in wanted or key not in base}
    return {**kept, **changed}


def _put(speaker, wanted, board, etag):
    language = speaker.event.settings.locale
    host_event = speaker.connection.host_event
    base = _values(board)

    def read(service):
        return service.settings(host_event, language=language)

    if board is None or not etag:
        board, etag = speaker.ask(read, token=True)
        base = {}
    for left in reversed(range(TRIES)):
        values, tag = merged(wanted, base, _values(board)), etag
        try:
            return speaker.ask(
                lambda service, values=values, tag=tag: service.put_settings(
                    host_event, values, etag=tag, language=language
                ),
                token=True,
            )
        except client.ServiceRefused as error:
            if error.status != STALE or not left:
                raise
        board, etag = speaker.ask(read, token=True)
    raise AssertionError("the last try returns or raises")


def _values(board):
    values = board.get("values") if isinstance(board, dict) else None
    return values if isinstance(values, dict) else {}


def _refusal(speaker, error):
    kinds = {
        STALE: "stale",
        INVALID: "invalid",
        CONFLICT: "locked" if error.document.get("keys") else "conflict",
    }
    named = error.document.get("keys") or [error.field or error.detail]
    return speaker.problem(f"{SETTINGS}_{kinds[error.status]}", ", ".join(str(one) for one in named))
