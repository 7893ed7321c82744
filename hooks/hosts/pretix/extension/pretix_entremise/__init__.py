"""entremise in pretix: what organisers switch on, and what attendees see under their ticket."""

__version__ = "0.1.0"
