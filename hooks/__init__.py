"""Everything that an adapter author imports.

A host adapter is a small object (``HostAdapter``) that a plugin registers through ``entremise_register_host``.
``docs/tutorial/your-first-host.md`` builds one in half an hour; ``hosts/generic`` is the worked example.
"""

from __future__ import annotations

from ..plugin.domain.delivery import Delivery
from ..plugin.domain.errors import (
    HostError,
    HostRejected,
    HostUnauthorized,
    HostUnavailable,
    InvalidPayload,
    InvalidSignature,
    UnsupportedDelivery,
)
from ..plugin.domain.events import (
    AttendeeCheckedIn,
    AttendeeErased,
    AttendeeLeft,
    AttendeeRegistered,
    CheckInReversed,
    DomainEvent,
    FeedbackGiven,
    Hint,
    HostEventCancelled,
    HostEventUpdated,
    ProfileUpdated,
    RegistrationCancelled,
)
from ..plugin.domain.model import Consent, Mentoring, Profile, stamp
from ..plugin.domain.suggestions import Reason, Result, Suggestion
from .contract import Capabilities, HostAdapter, HostContext, Installation
from .markers import hookimpl
from .outbound import Answer, Outbound

__all__ = [
    "Answer",
    "AttendeeCheckedIn",
    "AttendeeErased",
    "AttendeeLeft",
    "AttendeeRegistered",
    "Capabilities",
    "CheckInReversed",
    "Consent",
    "Delivery",
    "DomainEvent",
    "FeedbackGiven",
    "Hint",
    "HostAdapter",
    "HostContext",
    "HostError",
    "HostEventCancelled",
    "HostEventUpdated",
    "HostRejected",
    "HostUnauthorized",
    "HostUnavailable",
    "Installation",
    "InvalidPayload",
    "InvalidSignature",
    "Mentoring",
    "Outbound",
    "Profile",
    "ProfileUpdated",
    "Reason",
    "RegistrationCancelled",
    "Result",
    "Suggestion",
    "UnsupportedDelivery",
    "hookimpl",
    "stamp",
]
