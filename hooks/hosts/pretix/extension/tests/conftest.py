"""A real event of pretix, in its own database in memory, with the plugin switched on."""

import datetime as dt
import inspect
import itertools
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.utils.timezone import now
from django_scopes import scope, scopes_disabled
from pretix.base.models import Event, Item, Order, OrderPosition, Organizer, Question, Team, User

import pretix_entremise
from pretix_entremise.models import Connection

EXTENSION = Path(__file__).parents[1]
SECRET = "whsec_" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
CALLBACK = "whsec_" + "YWJjZGVmZ2hpamFiY2RlZmdoaWphYmNkZWZnaGlqYWI="


def pytest_configure(config):
    """Compile the translations of a source tree; what is installed from a wheel has them."""
    if EXTENSION in Path(pretix_entremise.__path__[0]).parents:
        sys.path.insert(0, str(EXTENSION))
        from compile_translations import compile_into

        compile_into(EXTENSION / "pretix_entremise" / "locale")


@pytest.hookimpl(hookwrapper=True)
def pytest_fixture_setup(fixturedef, request):
    """Fixtures make what they need across organizers: pretix's scopes are for requests."""
    if inspect.isgeneratorfunction(fixturedef.func):
        yield
    else:
        with scopes_disabled():
            yield


@pytest.fixture
def organizer(db):
    return Organizer.objects.create(name="Les Rencontres", slug="rencontres")


@pytest.fixture
def event(organizer):
    made = Event.objects.create(
        organizer=organizer, name="Summit", slug="summit", live=True,
        date_from=now() + dt.timedelta(days=5), date_to=now() + dt.timedelta(days=6),
        plugins="pretix_entremise,pretix.plugins.banktransfer",
    )  # fmt: skip
    made.settings.locales = ["en", "fr"]
    made.settings.locale = "en"
    made.settings.attendee_names_asked = True
    made.settings.entremise_confirmed = True
    return made


@pytest.fixture
def item(event):
    return Item.objects.create(event=event, name="Ticket", default_price=0, admission=True, personalized=True)


@pytest.fixture
def connection(event, service):
    """The event is connected to the service of the fixture ``service``."""
    return Connection.objects.create(
        event=event, service=service.url, installation="inst1", host_event=event.slug,
        signing_secret=SECRET, callback_secret=CALLBACK, token="entremise_token", door="d" * 43,
        fingerprint="f1",
    )  # fmt: skip


@pytest.fixture
def near(settings, organizer):
    """Act for the organizer, beside a service on this machine: for suites of what is sent."""
    settings.ALLOW_HTTP_TO_PRIVATE_NETWORKS = True
    with scope(organizer=organizer):
        yield


@pytest.fixture
def sell(event, item):
    """Return a function that makes a paid order with one ticket a name."""
    numbers = itertools.count(1)

    def make(*names, status=Order.STATUS_PAID, answers=None, locale="en", **more):
        code = f"AB{next(numbers):03d}"
        with scopes_disabled():
            order = Order.objects.create(
                event=event, code=code, email=f"{code.lower()}@example.org", status=status, locale=locale,
                datetime=now(), expires=now() + dt.timedelta(days=10), total=0,
                sales_channel=event.organizer.sales_channels.get(identifier="web"), **more,
            )  # fmt: skip
            for number, name in enumerate(names or ("Ada Lovelace",), 1):
                position = OrderPosition.objects.create(
                    order=order, item=item, variation=None, price=0, positionid=number,
                    attendee_name_parts={"_scheme": "full", "full_name": name},
                )  # fmt: skip
                for identifier, answer in (answers or {}).items():
                    question = Question.objects.get(event=event, identifier=identifier)
                    given = position.answers.create(question=question, answer=_text(answer))
                    if isinstance(answer, (list, tuple)):
                        given.options.set(question.options.filter(identifier__in=answer))
        return order

    return make


def _text(answer):
    return ", ".join(answer) if isinstance(answer, (list, tuple)) else str(answer)


@pytest.fixture
def ask(event, item):
    """Return a function that makes a question of the event's form, with options by identifier."""

    def make(identifier, kind="S", options=(), text=None, **more):
        with scopes_disabled():
            question = Question.objects.create(
                event=event, identifier=identifier, type=kind, question=text or identifier.title(),
                required=False, **more,
            )  # fmt: skip
            question.items.add(item)
            for number, option in enumerate(options):
                name, label = option if isinstance(option, tuple) else (option, option.title())
                question.options.create(identifier=name, answer=label, position=number)
        return question

    return make


@pytest.fixture
def admin(organizer):
    """Somebody of the organiser's team who may do everything."""
    user = User.objects.create_user("admin@example.org", "admin")
    team = Team.objects.create(
        organizer=organizer,
        name="All",
        all_events=True,
        all_event_permissions=True,
        all_organizer_permissions=True,
    )
    team.members.add(user)
    return user


@pytest.fixture
def office(client, admin):
    """A browser of the back office, logged in."""
    client.login(email="admin@example.org", password="admin")
    return client


class RecordingService:
    """A real HTTP server on loopback that keeps what it is sent, and answers as it is told.

    ``answers`` maps ``"METHOD /path"`` to (status, document, headers), or to a function of the request's body;
    whatever is not in it is answered 202, or 204 where something is taken down.
    """

    def __init__(self):
        self.requests = []
        self.answers = {}
        service = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                service.requests.append((self.command, self.path, headers, body))
                fine = (204, b"", {}) if self.command == "DELETE" else (202, {}, {})
                answer = service.answers.get(f"{self.command} {self.path.partition('?')[0]}", fine)
                status, document, more = answer(body) if callable(answer) else answer
                data = document if isinstance(document, bytes) else json.dumps(document).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **more}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = _any

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def sent(self):
        """Return every CloudEvent that was posted, in order."""
        found = []
        for method, path, _, body in self.requests:
            if method == "POST" and path.endswith("/deliveries"):
                found.extend(json.loads(body))
        return found

    def close(self):
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def service():
    """A service that records."""
    running = RecordingService()
    yield running
    running.close()
