"""What an operator sets for an installation of the generic host: where results go, and which secrets sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from ....plugin.domain.errors import ConfigurationError
from ...addresses import Reachable
from ...signatures import secret_bytes

MOST_SECRETS = 5


def _address(text: str) -> None:
    try:
        parts = urlsplit(text)
        usable = (
            parts.scheme in ("http", "https")
            and parts.hostname
            and "@" not in parts.netloc
            and parts.port != 0
        )
    except ValueError:
        usable = False
    if not usable:
        raise ValidationError("must be an http or https address without user name and password")


def _reachable(text: str) -> None:
    try:
        Reachable([text])
    except ConfigurationError as error:
        raise ValidationError(str(error)) from error


def _secret(text: str) -> None:
    try:
        secret_bytes(text)
    except ConfigurationError as error:
        raise ValidationError(str(error)) from error


class GenericConfiguration(Schema):
    """Where results go. With neither a callback nor a topic they are only to be pulled by REST."""

    callback_url = fields.String(
        validate=[validate.Length(max=2_000), _address],
        metadata={"description": "Address that results are posted to, as a signed CloudEvents batch."},
    )
    allow_private = fields.List(
        fields.String(validate=[validate.Length(max=255), _reachable]),
        validate=validate.Length(max=50),
        metadata={
            "description": "Private addresses that may be reached: host:port, or networks such as 10.1.0.0/16."
        },
    )
    results_topic = fields.String(
        validate=validate.Regexp(r"^[A-Za-z0-9._-]{1,249}$", error="must be a Kafka topic's name"),
        metadata={"description": "Kafka topic that results are written to."},
    )
    results_bootstrap_servers = fields.List(
        fields.String(validate=validate.Regexp(r"^[^\s/,]+:\d{1,5}$", error="must be host:port")),
        validate=validate.Length(min=1, max=20),
        metadata={"description": "host:port of one or more brokers of the cluster that has the topic."},
    )
    results_security = fields.String(
        validate=validate.OneOf(["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]),
        metadata={"description": "How to connect to the brokers; PLAINTEXT unless given."},
    )
    results_sasl_mechanism = fields.String(
        validate=validate.OneOf(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]),
        metadata={
            "description": "How to log in at the brokers, with the secrets kafka_username and kafka_password."
        },
    )

    @validates_schema
    def _topic_needs_brokers(self, data: Mapping[str, Any], **_: Any) -> None:
        if "results_topic" in data and "results_bootstrap_servers" not in data:
            raise ValidationError("results_topic needs the brokers' addresses", "results_bootstrap_servers")
        if data.get("results_security", "").startswith("SASL") and "results_sasl_mechanism" not in data:
            raise ValidationError("a SASL connection needs a mechanism", "results_sasl_mechanism")


class GenericSecrets(Schema):
    """What signs. Lists hold several secrets that are good at the same time, newest first, so that they can rotate."""

    signing_secrets = fields.List(
        fields.String(validate=_secret),
        required=True,
        validate=validate.Length(min=1, max=MOST_SECRETS),
        metadata={"generated": True, "description": "The host signs its deliveries with one of these."},
    )
    callback_secrets = fields.List(
        fields.String(validate=_secret),
        validate=validate.Length(min=1, max=MOST_SECRETS),
        metadata={"generated": True, "description": "entremise signs results with each of these."},
    )
    kafka_username = fields.String(
        validate=validate.Length(max=255), metadata={"description": "Login at the brokers."}
    )
    kafka_password = fields.String(
        validate=validate.Length(max=255), metadata={"description": "Its password."}
    )
