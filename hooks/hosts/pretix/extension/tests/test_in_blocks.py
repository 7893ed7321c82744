"""What stands on pretix's own pages: briefly under the ticket, and for the buyer a link and no name of anybody else."""

import re
from html.parser import HTMLParser

import pytest
from django.db import DatabaseError
from django.db import connection as database
from django.template.loader import get_template
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from django_scopes import scopes_disabled
from introductions import (
    CONSENTS,
    deliver,
    introduce,
    introduced,
    person,
    ref,
    result,
    suggested,
    text,
    ticket,
)
from pretix.base.models import Order

from pretix_entremise.attendees.receivers import links
from pretix_entremise.models import Answer, Connection, Opting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _any_scope():
    with scopes_disabled():
        yield


@pytest.fixture
def people(event, connection, ask, sell):
    return introduced(event, ask, sell)


def block(client, order, **more):
    """Return what is read on pretix's own page of the ticket, without markup."""
    return text(client.get(ticket(order).removesuffix("entremise/"), **more))


def bought(client, order):
    event = order.event
    return client.get(f"/{event.organizer.slug}/{event.slug}/order/{order.code}/{order.secret}/")


def test_the_ticket_says_where_and_when_to_meet_whom_and_why(client, people):
    found = block(client, people[0])
    for wanted in (
        "Your next meetings", "Table 12", "Maya Mentor", "Circle 3 · Pia Peer", "Open source in public procurement",
        "Dinner: table 4", "Your mentors", "Here now Hugo Garnier", "Knows about: accessible front desks",
        "Also worth meeting Olga Other · Directrice · Ville de Nantes",
    ):  # fmt: skip
        assert wanted in found
    assert ticket(people[0]) in client.get(ticket(people[0]).removesuffix("entremise/")).content.decode()


def test_the_ticket_names_the_first_three_only(client, event, people, sell):
    more = [sell(f"Nr {number}", answers=CONSENTS) for number in range(6)]
    data = suggested(*(person(ref(order), order.positions.get().attendee_name) for order in more))
    deliver(event, [result(ref(people[0]), "connections", 2, data)])
    found = block(client, people[0])
    assert [number for number in range(6) if f"Nr {number}" in found] == [0, 1, 2]


def test_the_block_is_in_the_readers_language(client, people):
    found = block(client, people[0], headers={"Accept-Language": "fr"})
    assert "Personnes à rencontrer" in found
    assert "Vos prochains rendez-vous" in found
    assert "Tout voir et répondre" in found


def test_meetings_that_are_over_are_not_the_next_ones(client, event, people):
    introduce(event, people[0], people[1:], when=now().replace(year=2024), revision=2)
    assert "Your next meetings" not in block(client, people[0])
    assert "Your meetings" in text(client.get(ticket(people[0])))


def test_whoever_left_finds_the_way_back(client, people):
    Opting.objects.create(position=people[0].positions.get(), out=True, at=now())
    found = block(client, people[0])
    assert "You are not taking part" in found
    assert "Maya Mentor" not in found


def test_whoever_turned_somebody_down_does_not_read_of_them_on_the_ticket(client, people):
    Answer.objects.create(
        position=people[0].positions.get(), other=ref(people[3]), verdict="declined", at=now()
    )
    assert "Hugo Garnier" not in block(client, people[0])


def test_whoever_was_asked_and_did_not_agree_is_told_how_to_and_whoever_was_not_asked_is_told_nothing(
    client, event, people, sell
):
    event.settings.allow_modifications = "attendee"
    quiet = sell("Quiet")
    page = client.get(ticket(quiet).removesuffix("entremise/")).content.decode()
    assert "You did not agree to be introduced" in page
    assert "/modify" in page.split("You did not agree")[1]
    event.questions.all().delete()
    assert "You did not agree" not in block(client, quiet)


@pytest.mark.parametrize("state", [Connection.LEAVING, Connection.STOPPED])
def test_without_a_connection_neither_page_says_anything(client, people, state):
    Connection.objects.update(state=state)
    assert "People to meet" not in block(client, people[0])
    assert "People to meet" not in text(bought(client, people[0]))


def test_the_buyer_gets_a_link_for_each_ticket_and_nobody_elses_name(client, event, people, sell):
    three = sell("One", "Two", "Three", answers=CONSENTS)
    introduce(event, people[1], [people[0], *people[2:]])
    deliver(
        event, [result(ref(three, 2), "connections", 1, suggested(person(ref(people[3]), "Hugo Garnier")))]
    )
    page = bought(client, three)
    assert [ticket(three, number) in page.content.decode() for number in (1, 2, 3)] == [True] * 3
    assert "Hugo Garnier" not in text(page)
    three.positions.filter(positionid=2).update(canceled=True)
    assert "Three" in text(bought(client, three))
    assert ticket(three, 1) in bought(client, three).content.decode()
    assert "/2/" not in "".join(re.findall(r'href="[^"]*entremise/"', bought(client, three).content.decode()))


def test_an_order_that_is_not_paid_leads_nowhere(client, people, sell):
    unpaid = sell("Una", status="n", answers=CONSENTS)
    assert "People to meet" not in text(bought(client, unpaid))


def test_a_buyer_of_many_tickets_costs_as_many_queries_as_of_one(client, people, sell):
    counted = []
    for names in (("A",), tuple(f"T{number}" for number in range(12))):
        order = Order.objects.select_related("event").get(pk=sell(*names, answers=CONSENTS).pk)
        with CaptureQueriesContext(database) as seen:
            assert links(order.event, order=order, request=None).count("entremise/") == len(names)
        counted.append(len([query for query in seen if "settingsstore" not in query["sql"]]))
    assert counted[0] == counted[1]


def test_the_pages_of_the_shop_that_are_not_about_a_ticket_carry_nothing_of_ours(client, event, people):
    page = client.get(f"/{event.organizer.slug}/{event.slug}/").content.decode()
    assert "entremise" not in page
    assert "attendees.css" in client.get(ticket(people[0])).content.decode()


def test_whatever_fails_of_ours_the_ticket_is_there(client, people, caplog):
    def broken(execute, sql, params, many, context):
        if "entremise" in sql and "secret" not in sql.split("FROM")[-1]:
            raise DatabaseError("Ada said something")
        return execute(sql, params, many, context)

    with database.execute_wrapper(broken):
        found = block(client, people[0])
        assert "Your registration" in found
        assert "Maya Mentor" not in found
        assert "Order AB001" in text(bought(client, people[0]))
    assert any(record.error == "DatabaseError" for record in caplog.records if hasattr(record, "error"))
    assert "Ada said something" not in caplog.text


class Outline(HTMLParser):
    """What a screen reader goes by: headings, ids, names of buttons, labels that are pointed to."""

    def __init__(self):
        super().__init__()
        self.levels, self.ids, self.named, self.buttons, self.depth = [], [], [], [], 0

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if "id" in attrs:
            self.ids.append(attrs["id"])
        self.named += attrs.get("aria-labelledby", "").split()
        if tag == "button" and attrs.get("name") == "verdict":
            self.buttons.append(attrs.get("aria-label", ""))


def test_the_page_is_in_order_for_who_cannot_see_it(client, people):
    client.post(ticket(people[0], 1, "answer"), {"person": "0" * 24, "verdict": "met"})
    Answer.objects.create(
        position=people[0].positions.get(), other=ref(people[4]), verdict="blocked", at=now()
    )
    outline = Outline()
    outline.feed(client.get(ticket(people[0])).content.decode())
    steps = zip(outline.levels, outline.levels[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps), outline.levels
    assert len(set(outline.ids)) == len(outline.ids)
    assert set(outline.named) <= set(outline.ids)
    assert outline.buttons
    assert all(
        re.search(r": (Maya Mentor|Pia Peer|Hugo Garnier|Olga Other)$", label) for label in outline.buttons
    )


def test_every_text_of_the_pages_is_there_in_french():
    """Read from the templates themselves, so that no new text is forgotten."""
    from pathlib import Path

    from babel.messages.pofile import read_po
    from django.utils.translation.template import templatize

    import pretix_entremise

    root = Path(pretix_entremise.__path__[0])
    with (root / "locale/fr/LC_MESSAGES/in.po").open("rb") as opened:
        known = {(message.context, message.id if isinstance(message.id, str) else message.id[0]) for message in read_po(opened)}  # fmt: skip
    sources = [
        templatize(path.read_text())
        for path in (root / "templates/pretix_entremise/attendees").glob("*.html")
    ]
    sources += [path.read_text() for path in (root / "attendees").glob("*.py")]
    wanted = set()
    for source in sources:
        wanted |= {(None, said) for said in re.findall(r'\bgettext\(\s*u?"((?:[^"\\]|\\.)+)"', source)}
        wanted |= {(None, said) for said in re.findall(r"\bgettext\(\s*u?'((?:[^'\\]|\\.)+)'", source)}
        wanted |= {(None, said) for said in re.findall(r"\bngettext\(u?'((?:[^'\\]|\\.)+)'", source)}
        wanted |= set(re.findall(r"\bpgettext\(u?'([^']+)', u?'((?:[^'\\]|\\.)+)'", source))
    assert len(wanted) > 80
    assert {(context, said.replace("\\'", "'")) for context, said in wanted} - known == set()
    assert get_template("pretix_entremise/attendees/page.html")


def test_the_buyer_is_not_led_to_the_page_of_somebody_with_an_address_of_their_own(
    client, event, people, sell
):
    # It says whom that person turned down.
    pair = sell("One", "Two", answers=CONSENTS)
    pair.positions.filter(positionid=2).update(attendee_email="two@example.org")
    page = bought(client, pair).content.decode()
    assert ticket(pair, 1) in page
    assert ticket(pair, 2) not in page
    assert "finds theirs on the page of that ticket" in page
