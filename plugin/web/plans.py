"""REST: plans as organisers work with them, from the brief over the draft to what is published."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from flask import Response

from ..domain.errors import NotFound
from ..domain.plans import Brief, Plan
from ..services import plan_pictures, plans
from ..services.plan_table import table
from ..services.plans import PlanView
from ..services.wording import say_why
from . import plan_schemas as schemas
from .endpoints import Call, Endpoint, answer, expected_version, raw, read_body, tagged
from .results import ROOT
from .wording import Language, language

PLANS = f"{ROOT}/host-events/<path:host_event>/plans"
ONE = f"{PLANS}/<feature>"


def _list(call: Call, host_event: str) -> Response:
    found = plans.overview(call.container, call.installation_id, host_event)
    return tagged(answer(schemas.PlansSchema, {"plans": [_summary(view) for view in found]}))


def _get(call: Call, host_event: str, feature: str) -> Response:
    return _answer(plans.show(call.container, call.installation_id, host_event, feature))


def _put_brief(call: Call, host_event: str, feature: str) -> Response:
    expected = _expected(call, host_event, feature)
    brief = Brief.from_dict(read_body(schemas.BriefSchema))
    view = plans.change_brief(
        call.container, call.installation_id, host_event, feature, brief,
        expected_version=expected, actor=call.actor,
    )  # fmt: skip
    return _answer(view, status=202)


def _ask(call: Call, host_event: str, feature: str) -> Response:
    view = plans.ask(call.container, call.installation_id, host_event, feature, actor=call.actor)
    return _answer(view, status=202)


def _form_now(call: Call, host_event: str, feature: str) -> Response:
    view = plans.form_now(call.container, call.installation_id, host_event, feature, actor=call.actor)
    return _answer(view, status=202)


def _publish(call: Call, host_event: str, feature: str) -> Response:
    view = plans.publish(
        call.container, call.installation_id, host_event, feature,
        expected_version=_expected(call, host_event, feature), actor=call.actor,
    )  # fmt: skip
    return _answer(view, status=202)


def _retract(call: Call, host_event: str, feature: str) -> Response:
    view = plans.retract(call.container, call.installation_id, host_event, feature, actor=call.actor)
    return _answer(view, status=202)


def _export(call: Call, host_event: str, feature: str) -> Response:
    view = plans.show(call.container, call.installation_id, host_event, feature)
    # The mark at the beginning is what spreadsheets know UTF-8 by.
    body = table(_chosen(call, view), view.names).encode("utf-8-sig")
    response = raw(body, "text/csv; charset=utf-8")
    _offer(response, f"{view.planning.feature}-{call.query['of']}.csv")
    return tagged(response)


def _picture(call: Call, host_event: str, feature: str) -> Response:
    view = plans.show(call.container, call.installation_id, host_event, feature)
    planning = view.planning
    pages = plan_pictures.pages(
        call.container,
        call.installation_id,
        host_event,
        planning.feature,
        _chosen(call, view),
        planning.published_brief if call.query["of"] == "published" else planning.brief,
    )
    number = call.query["page"]
    if number > len(pages):
        raise NotFound(f"the picture has {len(pages)} pages")
    response = raw(pages[number - 1].encode(), "image/svg+xml; charset=utf-8")
    # Opened by itself it is a document of ours: it may load and run nothing.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if number < len(pages):
        response.headers["Link"] = f'<?of={call.query["of"]}&page={number + 1}>; rel="next"'
    return tagged(response)


def _chosen(call: Call, view: PlanView) -> Plan:
    """Return the draft or what is published, as the query says; raises ``NotFound`` where there is none."""
    which = call.query["of"]
    plan = view.planning.draft if which == "draft" else view.planning.published
    if plan is None:
        raise NotFound("there is no draft" if which == "draft" else "nothing is published")
    return plan


def _offer(response: Response, name: str) -> None:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'


def _expected(call: Call, host_event: str, feature: str) -> int:
    current = plans.show(call.container, call.installation_id, host_event, feature).planning.version
    return expected_version(current)


def _answer(view: PlanView, *, status: int = 200) -> Response:
    words = language()
    planning = view.planning
    document = {
        "feature": planning.feature,
        "version": planning.version,
        "enabled": view.enabled,
        "publication": view.publication,
        "due": planning.is_due,
        "brief": planning.brief.to_dict(),
        "draft": _told(planning.draft, view.names, words),
        "published": _told(planning.published, view.names, words),
        "published_at": planning.published_at,
        "moved": list(view.moved),
    }
    response = answer(schemas.PlanningSchema, document, status=status)
    response.headers["Content-Language"] = words
    response.headers["Vary"] = "Accept-Language"
    digest = hashlib.blake2b(response.get_data(), digest_size=8).hexdigest()
    return tagged(response, tag=f"{planning.version}-{digest}")


def _told(plan: Plan | None, names: Mapping[str, str], words: Language) -> dict[str, Any] | None:
    """Return the plan with names, and with causes in words."""
    if plan is None:
        return None
    document = plan.to_dict()
    for group in document["groups"]:
        for member in group["members"]:
            member["name"] = names.get(member["person"])
    for one in document["left_over"]:
        one["name"] = names.get(one["person"])
        one["text"] = say_why(words, one["because"])
    for problem in document["problems"]:
        problem["text"] = say_why(words, problem["code"])
    return document


def _summary(view: PlanView) -> dict[str, Any]:
    planning = view.planning
    draft, published = planning.draft, planning.published
    return {
        "feature": planning.feature,
        "version": planning.version,
        "enabled": view.enabled,
        "publication": view.publication,
        "due": planning.is_due,
        "drafted": None if draft is None else len(draft.people),
        "left_over": None if draft is None else len(draft.left_over),
        "published": None if published is None else len(published.people),
        "published_at": planning.published_at,
        "moved": len(view.moved),
    }


_OFF = {409: "The feature is off for this host event."}
_STALE = {412: "The plan has changed since that ETag was read.", 428: "If-Match is missing."}

ENDPOINTS = (
    Endpoint(
        method="GET", path=PLANS, name="list_plans", summary="See how far every plan of a host event is.",
        view=_list, scopes=("plans",), answer=schemas.PlansSchema, conditional=True,
    ),
    Endpoint(
        method="GET", path=ONE, name="get_plan", summary="Get one plan: brief, draft, and what is published.",
        view=_get, scopes=("plans",), answer=schemas.PlanningSchema, conditional=True,
    ),
    Endpoint(
        method="PUT", path=f"{ONE}/brief", name="put_brief",
        summary="Say what a plan is for: pins, vetoes, and what there is to fill. A new draft follows.",
        view=_put_brief, scopes=("plans",), answer=schemas.PlanningSchema, body=schemas.BriefSchema, status=202,
        problems={**_OFF, **_STALE, 422: "The brief is not what the feature allows; `field` names the fault."},
    ),
    Endpoint(
        method="POST", path=f"{ONE}/draft", name="ask_for_draft", summary="Have a draft computed from who is there now.",
        view=_ask, scopes=("plans",), answer=schemas.PlanningSchema, status=202, problems=_OFF,
    ),
    Endpoint(
        method="POST", path=f"{ONE}/now", name="form_now",
        summary="Have circles form on the spot among those who are here.", view=_form_now, scopes=("plans",),
        answer=schemas.PlanningSchema, status=202, problems={409: "The feature is off, or is planned ahead."},
    ),
    Endpoint(
        method="POST", path=f"{ONE}/publish", name="publish_plan", summary="Make the draft what attendees see.",
        view=_publish, scopes=("plans",), answer=schemas.PlanningSchema, status=202, matched=True,
        problems={409: "The feature is off, or there is no draft (yet).", **_STALE},
    ),
    Endpoint(
        method="POST", path=f"{ONE}/retract", name="retract_plan",
        summary="Take back what is published; the draft stays.", view=_retract, scopes=("plans",),
        answer=schemas.PlanningSchema, status=202, problems=_OFF,
    ),
    Endpoint(
        method="GET", path=f"{ONE}/export.csv", name="export_plan",
        summary="Get the draft or what is published as a table for spreadsheets.", view=_export, scopes=("plans",),
        query=schemas.ChosenPlanQuery, media="text/csv", conditional=True,
    ),
    Endpoint(
        method="GET", path=f"{ONE}/picture.svg", name="draw_plan",
        summary="Get the draft or what is published as a page to print (mentorship and seating).", view=_picture,
        scopes=("plans",), query=schemas.PlanPageQuery, media="image/svg+xml", conditional=True,
    ),
)  # fmt: skip
