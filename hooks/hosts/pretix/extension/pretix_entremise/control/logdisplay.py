"""What pretix's own log says of changes made on these pages."""

from django.utils.translation import gettext_lazy as _
from pretix.base.logentrytypes import EventLogEntryType, NoOpShredderMixin, log_entry_types

CONNECTED = "pretix_entremise.connected"
ROTATED = "pretix_entremise.rotated"
DISCONNECTED = "pretix_entremise.disconnected"
SETTINGS = "pretix_entremise.settings.changed"
MAPPING = "pretix_entremise.mapping.changed"
RESENT = "pretix_entremise.sent_again"
PUT_AWAY = "pretix_entremise.left.put_away"


@log_entry_types.new_from_dict({
    CONNECTED: _("The event has been connected to the introduction service at {service}."),
    ROTATED: _("The secrets of the connection to the introduction service have been replaced."),
    DISCONNECTED: _("The event has been disconnected from the introduction service."),
    SETTINGS: _("Settings of the introductions have been changed: {keys}."),
    MAPPING: _("What the answers of attendees say to the introduction service has been changed: {keys}."),
    PUT_AWAY: _("A note has been put away: people may still be kept at {service}, where the connection is called "
                "{installation}."),
    RESENT: _("All attendees who agreed are being sent to the introduction service again."),
})  # fmt: skip
class IntroductionsLogEntryType(NoOpShredderMixin, EventLogEntryType):
    """Entries that hold no personal data."""
