"""The forms with which people ask each other for meetings and answer, on their own pages."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, request
from werkzeug.wrappers import Response

from ..bootstrap import Container
from ..services.addresses import open_address
from ..services.links import Person
from ..services.requests import Said, answer_request, ask

REQUESTED = ("asked", "agreed", "refused", "withdrawn", "taken", "waiting")
"""What the page can confirm of requests."""
_ANSWERS: tuple[Said, ...] = ("accept", "decline", "withdraw")


def add_request_forms(
    pages: Blueprint,
    container: Container,
    *,
    ours: Callable[[Container, Person], bool],
    back: Callable[[str, str], Response],
) -> None:
    """Add the forms; ``ours`` tells whether a form came from the person's own page, ``back`` leads there."""

    @pages.post("/me/<token>/ask")
    def ask_for_meeting(token: str) -> Response:
        person = open_address(container, token)
        if not ours(container, person):
            return back(token, "again")
        return back(
            token, ask(container, person, request.form.get("other", ""), request.form.get("slot", ""))
        )

    @pages.post("/me/<token>/request")
    def answer_for_meeting(token: str) -> Response:
        person = open_address(container, token)
        if not ours(container, person):
            return back(token, "again")
        for said in _ANSWERS:
            if request.form.get("said") == said:
                return back(token, answer_request(container, person, request.form.get("request", ""), said))
        return back(token, "gone")
