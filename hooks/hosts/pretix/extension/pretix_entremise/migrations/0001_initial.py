"""The tables of the extension."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("pretixbase", "0281_event_is_remote"),
    ]

    operations = [
        migrations.CreateModel(
            name="Connection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("service", models.CharField(max_length=500)),
                ("installation", models.CharField(max_length=64)),
                ("host_event", models.CharField(max_length=190)),
                ("state", models.CharField(default="connected", max_length=12)),
                ("erase_on_leaving", models.BooleanField(default=False)),
                ("signing_secret", models.CharField(max_length=255)),
                ("callback_secret", models.CharField(max_length=255)),
                ("former_callback_secret", models.CharField(default="", max_length=255)),
                ("former_until", models.DateTimeField(null=True)),
                ("token", models.CharField(max_length=255)),
                ("door", models.CharField(max_length=64, unique=True)),
                ("fingerprint", models.CharField(default="", max_length=64)),
                ("manifest", models.JSONField(null=True)),
                ("manifest_etag", models.CharField(default="", max_length=200)),
                ("board", models.JSONField(null=True)),
                ("board_etag", models.CharField(default="", max_length=200)),
                ("wanted", models.JSONField(null=True)),
                ("status", models.JSONField(null=True)),
                ("status_at", models.DateTimeField(null=True)),
                ("backfill_after", models.BigIntegerField(null=True)),
                ("backfill_done", models.IntegerField(default=0)),
                ("backfill_total", models.IntegerField(default=0)),
                ("walked_at", models.DateTimeField(null=True)),
                ("connected_at", models.DateTimeField(auto_now_add=True)),
                ("attended_at", models.DateTimeField(null=True)),
                ("last_sent_at", models.DateTimeField(null=True)),
                ("last_received_at", models.DateTimeField(null=True)),
                ("failures", models.IntegerField(default=0)),
                ("retry_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(default="", max_length=40)),
                ("problem_detail", models.CharField(default="", max_length=500)),
                ("problem_at", models.DateTimeField(null=True)),
                ("lease_by", models.CharField(default="", max_length=64)),
                ("lease_until", models.DateTimeField(null=True)),
                (
                    "event",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="entremise_connection",
                        to="pretixbase.event",
                    ),
                ),
                (
                    "former_event",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="entremise_left",
                        to="pretixbase.event",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Opting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("out", models.BooleanField()),
                ("at", models.DateTimeField()),
                ("holder", models.CharField(default="", max_length=190)),
                (
                    "position",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entremise_opting",
                        to="pretixbase.orderposition",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("other", models.CharField(max_length=190)),
                ("verdict", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
                ("holder", models.CharField(blank=True, default="", max_length=190)),
                (
                    "position",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entremise_answers",
                        to="pretixbase.orderposition",
                    ),
                ),
            ],
            options={
                "unique_together": {("position", "other")},
            },
        ),
        migrations.CreateModel(
            name="Held",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("feature", models.CharField(max_length=64)),
                ("revision", models.BigIntegerField()),
                ("payload", models.JSONField(null=True)),
                ("at", models.DateTimeField(auto_now=True)),
                (
                    "position",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entremise_held",
                        to="pretixbase.orderposition",
                    ),
                ),
            ],
            options={
                "unique_together": {("position", "feature")},
            },
        ),
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=12)),
                ("ref", models.CharField(default="", max_length=190)),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="pretixbase.event"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["event", "id"], name="entremise_mark_event")],
            },
        ),
        migrations.CreateModel(
            name="Told",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("ref", models.CharField(max_length=190)),
                ("code", models.CharField(db_index=True, max_length=64)),
                ("digest", models.CharField(default="", max_length=64)),
                ("version", models.BigIntegerField(default=0)),
                ("registered", models.BooleanField(default=False)),
                ("registered_at", models.DateTimeField(null=True)),
                ("presence", models.CharField(default="", max_length=12)),
                ("presence_at", models.DateTimeField(null=True)),
                ("holder", models.CharField(default="", max_length=190)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="told",
                        to="pretix_entremise.connection",
                    ),
                ),
            ],
            options={
                "unique_together": {("connection", "ref")},
            },
        ),
    ]
