"""REST: what attendees get. Reading costs a 304 while nothing has changed."""

from __future__ import annotations

from flask import Response

from ..domain.errors import NotFound
from ..domain.suggestions import FEATURES
from . import schemas
from .endpoints import Call, Endpoint, answer, tagged

ROOT = "/v1/installations/<installation_id>"


def _list_host_events(call: Call) -> Response:
    with call.container.store.snapshot() as uow:
        found = uow.host_events.list(call.installation_id)
    return tagged(answer(schemas.HostEventsSchema, {"host_events": found}))


def _get_host_event(call: Call, host_event: str) -> Response:
    with call.container.store.snapshot() as uow:
        found = uow.host_events.get(call.installation_id, host_event)
    if found is None:
        raise NotFound("there is no such host event")
    return tagged(answer(schemas.HostEventSchema, found))


def _attendee_results(call: Call, host_event: str, attendee: str) -> Response:
    with call.container.store.snapshot() as uow:
        known = uow.attendees.get(call.installation_id, host_event, attendee) is not None
        cells = [uow.outbox.get(call.installation_id, host_event, attendee, feature) for feature in FEATURES]
    results = [cell for cell in cells if cell is not None]
    # Somebody who was erased is nobody, although the host may still have to hear of the withdrawal.
    if not known and all(result.payload is None for result in results):
        raise NotFound("there is no such attendee")
    document = {"host_event": host_event, "attendee": attendee, "results": results}
    return tagged(answer(schemas.AttendeeResultsSchema, document))


def _results_page(call: Call, host_event: str) -> Response:
    limit = call.query["limit"]
    with call.container.store.snapshot() as uow:
        if uow.host_events.get(call.installation_id, host_event) is None:
            raise NotFound("there is no such host event")
        results = uow.outbox.of_host_event(
            call.installation_id, host_event, after=call.query["after"], limit=limit
        )
    full = len({result.recipient for result in results}) == limit
    document = {"host_event": host_event, "results": results, "next": results[-1].recipient if full else None}
    return tagged(answer(schemas.ResultsPageSchema, document))


ENDPOINTS = (
    Endpoint(
        method="GET", path=f"{ROOT}/host-events", name="list_host_events", summary="List the host events.",
        view=_list_host_events, scopes=("read_results",), answer=schemas.HostEventsSchema, conditional=True,
    ),
    Endpoint(
        method="GET", path=f"{ROOT}/host-events/<path:host_event>", name="get_host_event",
        summary="Get one host event.", view=_get_host_event, scopes=("read_results",),
        answer=schemas.HostEventSchema, conditional=True,
    ),
    Endpoint(
        method="GET", path=f"{ROOT}/host-events/<path:host_event>/attendees/<path:attendee>/results",
        name="get_attendee_results", summary="Get what one attendee is suggested.", view=_attendee_results,
        scopes=("read_results",), answer=schemas.AttendeeResultsSchema, conditional=True,
    ),
    Endpoint(
        method="GET", path=f"{ROOT}/host-events/<path:host_event>/results", name="list_results",
        summary="Get everybody's results, page by page.", view=_results_page, scopes=("read_results",),
        answer=schemas.ResultsPageSchema, query=schemas.ResultsQuery, conditional=True,
    ),
)  # fmt: skip
