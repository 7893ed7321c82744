"""Deletes what is held of everybody when the organiser shreds the event's data, and has the service forget everybody.

The connection is taken down with it: an event can only be shredded when it is over, and with the connection alive the
orders that are still there would be told anew. The service is asked as often as it takes, by whoever says farewells.
"""

import json

from django.db.models import Count
from django.utils.translation import gettext_lazy as _
from pretix.base.shredder import BaseDataShredder

from ..connecting import disconnect
from ..models import Answer, Connection, Held, Mark, Opting
from .exporting import of_event


class IntroductionsShredder(BaseDataShredder):
    """Everything that the extension holds of people, here and at the service."""

    verbose_name = _("Introductions")
    identifier = "entremise"
    description = _(
        "This will remove what attendees were suggested, what they answered, and who left everything. The service that "
        "made the suggestions is told to forget everybody, and the event is disconnected from it."
    )

    def generate_files(self):
        """Yield what is held, ticket by ticket; of answers numbers only, since nobody else may know them."""
        verdicts = Answer.objects.filter(position__order__event=self.event).order_by().values_list("verdict")
        document = {
            "tickets": of_event(self.event),
            "answers": dict(verdicts.annotate(Count("pk"))),
            "left_everything": Opting.objects.filter(position__order__event=self.event, out=True).count(),
        }
        yield "introductions.json", "application/json", json.dumps(document, indent=4, ensure_ascii=False)

    def shred_data(self, progress_callback=None):
        """Delete it all here, and take the connection down with everybody erased."""
        # First the connection: from then on nothing arrives, so that nothing comes back behind what is deleted.
        connection = Connection.objects.filter(event=self.event).first()
        if connection is not None:
            disconnect(connection, erase=True)
        for model in (Held, Answer, Opting):
            model.objects.filter(position__order__event=self.event).delete()
        Mark.objects.filter(event=self.event).delete()
