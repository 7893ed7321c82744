"""``python -m pretix entremise_send``: sends what is due, where neither a task worker nor the periodic task does it soon."""

import argparse
import logging
import time

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_scopes import scopes_disabled
from pretix.base.models import Event

from ... import upkeep
from ...models import Connection

EXAMPLES = gettext_lazy("""examples:
  python -m pretix entremise_send
      send what is due for every connected event, then end (for cron)
  python -m pretix entremise_send --event rencontres/summit
      the same for one event, whatever pause was agreed on after a failure
  python -m pretix entremise_send --forever --pause 2
      go on until stopped, looking every two seconds (for systemd, or a container of its own)

Several may run at once: one of them sends for an event, the others pass it over.
Ends with status 1 when a service could not be reached or refused; what was to be sent stays and is sent later.
""")

TIDY_EVERY = 900.0
"""Seconds: tidying looks at all that is held."""

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """See the module. Its help is in the language of pretix's configuration."""

    help = gettext_lazy(
        "Sends to entremise what changed: orders, check-ins, answers and settings that wait in the outbox."
    )

    def create_parser(self, *args, **kwargs):
        """Show the examples as they are written."""
        return super().create_parser(
            *args, epilog=str(EXAMPLES), formatter_class=argparse.RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser):
        """Say what can be asked for."""
        parser.add_argument("--forever", action="store_true", help=_("go on until stopped"))
        parser.add_argument(
            "--pause", type=float, default=5.0, help=_("seconds between two looks (default: 5)")
        )
        parser.add_argument("--event", metavar="ORGANIZER/EVENT", help=_("only this event"))

    def handle(self, *args, forever=False, pause=5.0, event=None, **_options):
        """Look once, or again and again."""
        only = self._connection_of(event) if event else None
        tidied = float("-inf")
        while True:
            fine = self._once(only, forever=forever)
            if only is None and time.monotonic() - tidied >= TIDY_EVERY:
                upkeep.tidy()
                tidied = time.monotonic()
            if not forever:
                break
            time.sleep(max(pause, 0.1))
        if not fine:
            raise CommandError("not everything could be sent; it is tried again")

    def _once(self, only, *, forever):
        if only is not None and not forever:
            Connection.objects.filter(pk=only).update(retry_at=None)
        fine = True
        for pk in upkeep.due():
            if only is not None and pk != only:
                continue
            try:
                ended = upkeep.look_after(pk)
            except Exception as error:  # noqa: BLE001 - whatever it is, others have to be looked after, too
                # By its kind alone: the text may hold what somebody answered.
                log.error("entremise: connection %s failed: %s", pk, type(error).__name__)
                fine = False
                continue
            fine = fine and ended.state != "later"
            if ended.count or not forever:
                self.stdout.write(f"connection {pk}: {ended.state}, {ended.count} sent")
        return fine

    def _connection_of(self, named):
        organizer, _slash, slug = named.partition("/")
        with scopes_disabled():
            event = Event.objects.filter(organizer__slug=organizer, slug=slug).first()
        if event is None:
            raise CommandError(f"there is no event {named!r}: write it as ORGANIZER/EVENT")
        found = Connection.objects.filter(event=event).values_list("pk", flat=True).first()
        if found is None:
            raise CommandError(f"{named} is not connected to a service")
        return found
