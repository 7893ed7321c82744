"""What the extension keeps in pretix's database. Names of people are in ``Held`` alone, and go with the ticket.

The outbox holds pointers, never content: whoever sends reads the order as it is then. So nothing in it can be stale,
an order that changed ten times is told once, and erasing a ticket leaves no copy behind.
"""

from django.db import models
from django_scopes import ScopedManager


class Connection(models.Model):
    """One event's connection to a service. Secrets are never shown, exported or copied with the event."""

    CONNECTED, LEAVING, STOPPING, STOPPED, REFUSED, KEPT, UNHEARD = (
        "connected", "leaving", "stopping", "stopped", "refused", "kept", "unheard",
    )  # fmt: skip
    LIVE = (CONNECTED, REFUSED)
    OVER = (KEPT, UNHEARD)
    STATES = (
        (CONNECTED, "connected"),
        (LEAVING, "to be taken down at the service"),
        (STOPPING, "plugin switched off; the service has yet to be told"),
        (STOPPED, "plugin switched off; goes on when it is switched on"),
        (REFUSED, "the service refuses our credentials"),
        (KEPT, "taken down; people were left at the service, as the organiser chose"),
        (UNHEARD, "taken down here; the service refused the farewell to the last"),
    )

    # The farewell is still to be said when the event is gone.
    event = models.OneToOneField(
        "pretixbase.Event", on_delete=models.SET_NULL, null=True, related_name="entremise_connection"
    )
    # Whose organiser is told what was left at the service.
    former_event = models.ForeignKey(
        "pretixbase.Event", on_delete=models.SET_NULL, null=True, related_name="entremise_left"
    )
    service = models.CharField(max_length=500)
    installation = models.CharField(max_length=64)
    host_event = models.CharField(max_length=190)
    state = models.CharField(max_length=12, choices=STATES, default=CONNECTED)
    erase_on_leaving = models.BooleanField(default=False)

    signing_secret = models.CharField(max_length=255)
    callback_secret = models.CharField(max_length=255)
    former_callback_secret = models.CharField(max_length=255, blank=True, default="")
    former_until = models.DateTimeField(null=True)
    token = models.CharField(max_length=255)
    door = models.CharField(max_length=64, unique=True)
    fingerprint = models.CharField(max_length=64, blank=True, default="")

    manifest = models.JSONField(null=True)
    manifest_etag = models.CharField(max_length=200, blank=True, default="")
    board = models.JSONField(null=True)
    board_etag = models.CharField(max_length=200, blank=True, default="")
    wanted = models.JSONField(null=True)
    status = models.JSONField(null=True)
    status_at = models.DateTimeField(null=True)

    backfill_after = models.BigIntegerField(null=True)
    backfill_done = models.IntegerField(default=0)
    backfill_total = models.IntegerField(default=0)
    walked_at = models.DateTimeField(null=True)

    connected_at = models.DateTimeField(auto_now_add=True)
    attended_at = models.DateTimeField(null=True)
    last_sent_at = models.DateTimeField(null=True)
    last_received_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=40, blank=True, default="")
    problem_detail = models.CharField(max_length=500, blank=True, default="")
    problem_at = models.DateTimeField(null=True)
    lease_by = models.CharField(max_length=64, blank=True, default="")
    lease_until = models.DateTimeField(null=True)

    def __str__(self):
        """Name it without a secret."""
        return f"{self.host_event} at {self.service} ({self.state})"


class Mark(models.Model):
    """The outbox: something changed, look at it when sending. Deleted when the service has it."""

    ORDER, HOST_EVENT, EVERYTHING, SETTINGS, ANSWER, OPTING = (
        "order", "host_event", "everything", "settings", "answer", "opting",
    )  # fmt: skip

    event = models.ForeignKey("pretixbase.Event", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12)
    ref = models.CharField(max_length=190, blank=True, default="")
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(organizer="event__organizer")

    class Meta:
        """Read per event, in the order of arrival."""

        indexes = [models.Index(fields=["event", "id"], name="entremise_mark_event")]

    def __str__(self):
        """Name what changed."""
        return f"{self.kind} {self.ref}".strip()


class Told(models.Model):
    """What the service was told of one ticket. Outlives the ticket: that it is gone has to be told, too.

    The row is written before anything is sent; a ``?`` in front of ``digest`` or ``presence`` means that nobody knows yet
    whether the service has it. The row without a ``ref`` is about the event itself. ``holder`` says whose ticket it was
    when that was first told: digests, never the text.
    """

    UNSURE, HANDED = "?", "handed"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="told")
    ref = models.CharField(max_length=190)
    code = models.CharField(max_length=64, db_index=True)
    digest = models.CharField(max_length=64, blank=True, default="")
    version = models.BigIntegerField(default=0)
    registered = models.BooleanField(default=False)
    registered_at = models.DateTimeField(null=True)
    presence = models.CharField(max_length=12, blank=True, default="")
    presence_at = models.DateTimeField(null=True)
    holder = models.CharField(max_length=190, blank=True, default="")

    class Meta:
        """One row a ticket."""

        unique_together = (("connection", "ref"),)

    def __str__(self):
        """Name the ticket."""
        return self.ref


class Held(models.Model):
    """What the holder of a ticket should see of one feature. A withdrawal keeps its revision, without content."""

    position = models.ForeignKey(
        "pretixbase.OrderPosition", on_delete=models.CASCADE, related_name="entremise_held"
    )
    feature = models.CharField(max_length=64)
    revision = models.BigIntegerField()
    payload = models.JSONField(null=True)
    at = models.DateTimeField(auto_now=True)

    objects = ScopedManager(organizer="position__order__event__organizer")

    class Meta:
        """One row a ticket and feature."""

        unique_together = (("position", "feature"),)

    def __str__(self):
        """Name feature and revision."""
        return f"{self.feature} {self.revision}"


class Answer(models.Model):
    """What the holder of a ticket said about somebody who was suggested (``other`` is that person's ticket).

    ``holder`` is who said so, as in ``Told``.
    """

    position = models.ForeignKey(
        "pretixbase.OrderPosition", on_delete=models.CASCADE, related_name="entremise_answers"
    )
    other = models.CharField(max_length=190)
    verdict = models.CharField(max_length=12)
    at = models.DateTimeField()
    holder = models.CharField(max_length=190, blank=True, default="")

    objects = ScopedManager(organizer="position__order__event__organizer")

    class Meta:
        """The last word counts."""

        unique_together = (("position", "other"),)

    def __str__(self):
        """Name the verdict."""
        return self.verdict


class Opting(models.Model):
    """Whether the holder of a ticket has left everything; ``holder`` is who said so, as in ``Told``."""

    position = models.OneToOneField(
        "pretixbase.OrderPosition", on_delete=models.CASCADE, related_name="entremise_opting"
    )
    out = models.BooleanField()
    at = models.DateTimeField()
    holder = models.CharField(max_length=190, blank=True, default="")

    objects = ScopedManager(organizer="position__order__event__organizer")

    def __str__(self):
        """Say whether they are out."""
        return "out" if self.out else "in"
