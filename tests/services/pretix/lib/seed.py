"""Seeds a pretix instance with one organizer, one event and an API token.

Run inside the environment in which pretix is installed, with
PRETIX_CONFIG_FILE pointing at the configuration of the instance:

    python seed.py --out host.json --base-url http://127.0.0.1:8345

The script can be run again on a seeded instance: it reuses what it finds and
writes the same description.
"""

import argparse
import json
import os
import warnings
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pretix.settings")

import django  # noqa: E402

django.setup()

from django.db import transaction  # noqa: E402
from django_scopes import scopes_disabled  # noqa: E402
from pretix.base.models import Event, Organizer, Team, User  # noqa: E402
from pretix.base.settings import GlobalSettingsObject  # noqa: E402

# Each: identifier, label, type, whether required, and options as identifier and label.
QUESTIONS = [
    (
        "INTERESTS",
        "Which topics interest you?",
        "M",
        False,
        [
            ("PYTHON", "Python"),
            ("DATA", "Data science"),
            ("OPS", "Operations"),
            ("SECURITY", "Security"),
            ("DESIGN", "Design"),
            ("COMMUNITY", "Community building"),
        ],
    ),
    ("GOALS", "What do you want to get out of this event?", "T", False, []),
    ("CHALLENGES", "What are you struggling with right now?", "T", False, []),
    ("MENTOR", "I am open to being a mentor", "B", False, []),
    ("MENTEE", "I would like to find a mentor", "B", False, []),
    (
        "SENIORITY",
        "How experienced are you?",
        "C",
        False,
        [
            ("STUDENT", "Student"),
            ("JUNIOR", "Junior"),
            ("MID", "Mid-level"),
            ("SENIOR", "Senior"),
            ("LEAD", "Lead"),
        ],
    ),
    ("CONSENT", "Use my answers to suggest people to meet", "B", False, []),
]

# A question that attendees never see. It carries text from the service back to
# the ticket on a pretix that runs no plugin of ours.
WRITEBACK = ("PEOPLETOMEET", "People to meet", "T", False, [])


def seed(opts: argparse.Namespace) -> dict[str, Any]:
    """Make what is missing and return the description."""
    # A test host does not ask its makers for news.
    own = GlobalSettingsObject().settings
    own.update_check_perform, own.update_check_ack = False, True
    organizer, _ = Organizer.objects.get_or_create(
        slug=opts.organizer, defaults={"name": "Entremise Test Organizer"}
    )
    user = User.objects.filter(email=opts.admin_email).first()
    if user is None:
        user = User.objects.create_superuser(opts.admin_email, opts.admin_password)

    team, _ = Team.objects.get_or_create(
        organizer=organizer,
        name="Test team",
        defaults={
            "all_events": True,
            "all_event_permissions": True,
            "all_organizer_permissions": True,
        },
    )
    team.members.add(user)
    token = team.tokens.filter(name="entremise", active=True).first() or team.tokens.create(name="entremise")

    # What the service needs in production, and nothing more.
    small_team, _ = Team.objects.get_or_create(
        organizer=organizer,
        name="Service team",
        defaults={
            "all_events": True,
            "limit_event_permissions": {
                "event.orders:read": True,
                "event.orders:write": True,
            },
        },
    )
    small_token = small_team.tokens.filter(
        name="entremise-service", active=True
    ).first() or small_team.tokens.create(name="entremise-service")

    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    event = Event.objects.filter(organizer=organizer, slug=opts.event).first()
    if event is None:
        event = Event.objects.create(
            organizer=organizer,
            name="Entremise Test Conference",
            slug=opts.event,
            currency="EUR",
            live=True,
            is_public=True,
            date_from=start,
            date_to=start + timedelta(days=2),
        )
        event.set_defaults()
    plugins = [p for p in opts.plugins.split(",") if p]
    plugins += ["pretix.plugins.manualpayment", "pretix.plugins.checkinlists"]
    for name in plugins:
        if name not in event.get_plugins():
            event.enable_plugin(name)
    event.save()
    event.settings.attendee_names_asked = True
    event.settings.attendee_emails_asked = True
    event.settings.attendee_company_asked = True
    event.settings.timezone = "UTC"
    event.settings.locales = ["en", "de", "fr"]
    event.settings.locale = "en"
    event.settings.payment_manual__enabled = True

    items = {}
    for key, name, price in (
        ("standard", "Standard ticket", "100.00"),
        ("student", "Student ticket", "0.00"),
    ):
        item = event.items.filter(internal_name=key).first()
        if item is None:
            item = event.items.create(
                name=name,
                internal_name=key,
                default_price=Decimal(price),
                admission=True,
                personalized=True,
                active=True,
            )
            quota = event.quotas.create(name=name, size=None)
            quota.items.add(item)
        items[key] = item.pk

    questions = {}
    for position, spec in enumerate([*QUESTIONS, WRITEBACK] if opts.questions else []):
        identifier, label, qtype, required, options = spec
        question = event.questions.filter(identifier=identifier).first()
        if question is None:
            question = event.questions.create(
                identifier=identifier,
                question=label,
                type=qtype,
                required=required,
                position=position,
                hidden=spec is WRITEBACK,
            )
            question.items.set(event.items.all())
            for i, (opt_identifier, answer) in enumerate(options):
                question.options.create(identifier=opt_identifier, answer=answer, position=i)
        questions[identifier] = {
            "id": question.pk,
            "type": question.type,
            "options": {o.identifier: o.pk for o in question.options.all()},
        }

    checkin_list = event.checkin_lists.filter(name="Main entrance").first() or event.checkin_lists.create(
        name="Main entrance", all_products=True, include_pending=False, allow_multiple_entries=False
    )

    return {
        "base_url": opts.base_url,
        "api_url": f"{opts.base_url}/api/v1",
        "control_url": f"{opts.base_url}/control/event/{organizer.slug}/{event.slug}/",
        "shop_url": f"{opts.base_url}/{organizer.slug}/{event.slug}/",
        "organizer": organizer.slug,
        "event": event.slug,
        "token": token.token,
        "service_token": small_token.token,
        "admin_email": opts.admin_email,
        "admin_password": opts.admin_password,
        "items": items,
        "questions": questions,
        "checkin_list": checkin_list.pk,
        "plugins": sorted(p for p in event.get_plugins() if p),
    }


def main() -> None:
    """Read the command line, seed, and write the description."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--organizer", default="entremise")
    parser.add_argument("--event", default="demo")
    parser.add_argument("--admin-email", default="admin@example.org")
    parser.add_argument("--admin-password", default="entremise-test-only")
    parser.add_argument("--plugins", default="", help="comma-separated module names to enable on the event")
    parser.add_argument("--no-questions", action="store_false", dest="questions", help="ask for names alone")
    opts = parser.parse_args()
    with scopes_disabled(), transaction.atomic():
        result = seed(opts)
    Path(opts.out).write_text(json.dumps(result, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
