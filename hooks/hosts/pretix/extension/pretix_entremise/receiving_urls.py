"""Addresses at which the service delivers."""

from pretix.multidomain import event_url

from .receiving import results

event_patterns = [
    event_url(r"^entremise/results/(?P<door>[A-Za-z0-9_-]{1,64})/$", results, name="results", require_live=False),
]  # fmt: skip
