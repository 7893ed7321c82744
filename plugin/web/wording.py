"""What people read in an answer of the REST API, in English and French, by Accept-Language."""

from __future__ import annotations

from typing import Literal

from flask import request

Language = Literal["en", "fr"]

TITLES: dict[str, dict[Language, str]] = {
    "unauthenticated": {"en": "A token is needed", "fr": "Un jeton est nécessaire"},
    "forbidden": {"en": "The token does not allow this", "fr": "Le jeton ne permet pas cela"},
    "bad_code": {"en": "This code is not good (any more)", "fr": "Ce code n’est pas (ou plus) valable"},
    "too_many": {"en": "Too many attempts: wait a minute", "fr": "Trop de tentatives : patientez une minute"},
    "not_found": {"en": "There is nothing here", "fr": "Il n’y a rien ici"},
    "locked": {"en": "A higher scope has locked this", "fr": "Un niveau supérieur a verrouillé ce réglage"},
    "host_owns_settings": {
        "en": "These switches belong to the host",
        "fr": "Ces réglages appartiennent à la plateforme hôte",
    },
    "conflict": {"en": "This cannot be done as things are", "fr": "Impossible dans l’état actuel"},
    "stale": {"en": "Somebody else changed this", "fr": "Quelqu’un d’autre a modifié cela"},
    "precondition_required": {"en": "If-Match is missing", "fr": "Il manque If-Match"},
    "invalid": {"en": "A value is not allowed", "fr": "Une valeur n’est pas admise"},
    "invalid_parameter": {"en": "A parameter is not allowed", "fr": "Un paramètre n’est pas admis"},
    "not_json": {"en": "The body is not JSON", "fr": "Le corps n’est pas du JSON"},
}
"""Problem code → title. Codes of the web door at large keep the title of their HTTP status."""


def language() -> Language:
    """Return the language that the asker prefers; English when they did not say."""
    return "fr" if request.accept_languages.best_match(["en", "fr"], "en") == "fr" else "en"
