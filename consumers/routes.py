"""Which topic belongs to which installation: said by the installations' configuration, never by a record."""

from __future__ import annotations

from collections.abc import Mapping

from ..hooks.contract import Installation
from ..plugin.domain.errors import ConfigurationError
from ..plugin.services.ports import Services

TOPIC_KEY = "kafka_topic"
"""The key of an installation's configuration that names the topic it is read from."""


def kafka_routes(services: Services) -> Mapping[str, Installation]:
    """Return the installation of every configured topic; raises ``ConfigurationError`` when two claim one.

    Disabled installations are not read: their records wait at the broker.
    """
    with services.store.snapshot() as uow:
        installations = uow.installations.list()
    routes: dict[str, Installation] = {}
    for installation in installations:
        topic = installation.config.get(TOPIC_KEY)
        if not topic or installation.status == "disabled":
            continue
        if topic in routes:
            raise ConfigurationError(
                f"installations {routes[topic].name!r} and {installation.name!r} both name the Kafka topic {topic}: "
                "a topic belongs to one installation"
            )
        routes[topic] = installation
    return routes
