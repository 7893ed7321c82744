"""What the organiser sets here reaches the service, beside what others set there."""

import json

import pytest

from pretix_entremise import sending, switches
from pretix_entremise.marking import mark
from pretix_entremise.models import Connection, Mark

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("near")]
PLACE = "/v1/installations/inst1/host-events/summit/settings"


class Board:
    """Settings at a service, as it guards them: by ETag."""

    def __init__(self, service, values):
        self.service, self.values, self.version = service, values, 1
        service.answers[f"GET {PLACE}"] = lambda _: (200, self.document(), {"ETag": self.etag})
        service.answers[f"PUT {PLACE}"] = self.put

    @property
    def etag(self):
        return f'"{self.version}-x"'

    def document(self):
        return {"values": self.values, "version": self.version, "effective": {}}

    def put(self, body):
        headers = self.service.requests[-1][2]
        if headers["if-match"] != self.etag:
            return 412, {"code": "stale"}, {}
        self.values, self.version = json.loads(body)["values"], self.version + 1
        return 200, self.document(), {"ETag": self.etag}


@pytest.fixture
def board(service, connection, event):
    made = Board(service, {"connections.enabled": False, "connections.limit": 5})
    Connection.objects.update(board=made.document(), board_etag=made.etag)
    return made


def want(event, **values):
    Connection.objects.update(wanted={key.replace("__", "."): value for key, value in values.items()})
    mark(event, Mark.SETTINGS)


def test_what_is_wanted_is_set_and_then_held(service, connection, board, event):
    want(event, connections__enabled=True, connections__limit=5)
    assert sending.send(connection.pk).state == "done"
    connection.refresh_from_db()
    assert board.values == connection.board["values"] == {"connections.enabled": True, "connections.limit": 5}
    assert connection.board_etag == board.etag
    assert connection.wanted is None
    assert not Mark.objects.exists()
    assert [one[0] for one in service.requests] == ["PUT"]


def test_what_others_set_meanwhile_stays(connection, board, event):
    board.values, board.version = (
        {"connections.enabled": False, "connections.limit": 9, "peers.enabled": True},
        7,
    )
    want(event, connections__enabled=True, connections__limit=5)
    sending.send(connection.pk)
    assert board.values == {"connections.enabled": True, "connections.limit": 9, "peers.enabled": True}


def test_what_is_taken_back_here_is_taken_back_there(connection, board, event):
    board.values, board.version = {**board.values, "peers.enabled": True}, 7
    want(event, connections__enabled=False)
    sending.send(connection.pk)
    assert board.values == {"connections.enabled": False, "peers.enabled": True}


def test_a_page_that_was_never_read_is_read_first(service, connection, board, event):
    Connection.objects.update(board=None, board_etag="")
    want(event, connections__enabled=True)
    sending.send(connection.pk)
    assert [one[0] for one in service.requests] == ["GET", "PUT"]
    assert board.values == {"connections.enabled": True, "connections.limit": 5}


@pytest.mark.parametrize(
    ("answer", "problem", "detail"),
    [
        (
            (409, {"code": "locked", "keys": ["connections.enabled"]}),
            "settings_locked",
            "connections.enabled",
        ),
        ((422, {"code": "invalid", "field": "values.x"}), "settings_invalid", "values.x"),
        ((412, {"code": "stale"}), "settings_stale", ""),
    ],
)
def test_what_the_service_refuses_is_named_and_stays_wanted(
    service, connection, board, event, answer, problem, detail
):
    service.answers[f"PUT {PLACE}"] = (*answer, {})
    want(event, connections__enabled=True)
    assert sending.send(connection.pk).state == "done"
    connection.refresh_from_db()
    assert (connection.problem, connection.problem_detail) == (problem, detail)
    assert connection.wanted == {"connections.enabled": True}
    # Nobody asks the service again until the organiser saves.
    tried = len(service.requests)
    sending.send(connection.pk)
    assert len(service.requests) == tried
    service.answers[f"PUT {PLACE}"] = board.put
    want(event, connections__enabled=True)
    sending.send(connection.pk)
    connection.refresh_from_db()
    assert (connection.problem, connection.wanted) == ("", None)


def test_what_is_saved_while_it_is_sent_is_sent_next(service, connection, board, event):
    asked = []
    ask = sending.Speaker.ask

    def asking(self, call, **how):
        answer = ask(self, call, **how)
        if not asked:
            asked.append(1)
            want(event, connections__enabled=False, connections__limit=1)
        return answer

    sending.Speaker.ask = asking
    try:
        want(event, connections__enabled=True, connections__limit=5)
        sending.send(connection.pk)
        sending.send(connection.pk)
    finally:
        sending.Speaker.ask = ask
    connection.refresh_from_db()
    assert connection.wanted is None
    assert board.values == {"connections.enabled": False, "connections.limit": 1}


def test_settings_that_cannot_be_sent_now_keep_no_news_waiting(service, connection, board, event):
    service.answers[f"PUT {PLACE}"] = (500, {}, {})
    want(event, connections__enabled=True)
    mark(event, Mark.HOST_EVENT)
    assert sending.send(connection.pk).state == "later"
    assert len(service.sent()) == 1
    assert list(Mark.objects.values_list("kind", flat=True)) == [Mark.SETTINGS]
    connection.refresh_from_db()
    assert (connection.problem, connection.retry_at) == ("settings_http_500", None)
    event.name = "Gathering"
    event.save()
    sending.send(connection.pk)
    assert len(service.sent()) == 2
    service.answers[f"PUT {PLACE}"] = board.put
    assert sending.send(connection.pk).state == "done"
    connection.refresh_from_db()
    assert (connection.problem, connection.wanted) == ("", None)


def test_a_token_that_was_revoked_is_replaced_and_keeps_no_news_waiting(service, connection, board, event):
    def strict(body):
        if service.requests[-1][2]["authorization"] != "Bearer entremise_second":
            return 401, {"code": "unauthenticated"}, {}
        return board.put(body)

    service.answers[f"PUT {PLACE}"] = strict
    service.answers["POST /v1/installations/inst1/connection"] = (401, {"code": "unauthenticated"}, {})
    want(event, connections__enabled=True)
    mark(event, Mark.HOST_EVENT)
    assert sending.send(connection.pk).state == "later"
    assert len(service.sent()) == 1
    renewed = {
        "installation": "inst1", "signing_secret": connection.signing_secret, "fingerprint": "f2",
        "callback_secret": connection.callback_secret, "token": "entremise_second",
    }  # fmt: skip
    service.answers["POST /v1/installations/inst1/connection"] = (200, renewed, {})
    assert sending.send(connection.pk).state == "done"
    assert json.loads(service.requests[-2][3])["rotate"] == ["token"]
    assert board.values["connections.enabled"] is True


def test_only_what_was_changed_here_is_changed_there():
    base = {"a": 1, "b": 2, "c": 3}
    assert switches.merged({"a": 1, "b": 9}, base, {"a": 5, "b": 2, "c": 3, "d": 4}) == {
        "a": 5,
        "b": 9,
        "d": 4,
    }
