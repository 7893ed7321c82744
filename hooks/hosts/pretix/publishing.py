"""Brings an order in pretix to what its people should hold now: notes that programs read, and a link that people see.

pretix replaces notes and answers as a whole, so each is read, changed in our own places only, and written when it
differs. The notes hold ``{"entremise": {"<place in the order>": {"<feature>": {"by", "revision", "result"}}}}``.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from ....plugin.domain.errors import HostError, HostRejected, HostUnauthorized, HostUnavailable
from ....plugin.domain.suggestions import Result
from ...contract import HostContext
from .client import PretixClient
from .questions import Form, Question, language_code
from .translate import read_ref

NOTES = "entremise"
"""Our key among the order's notes; all others belong to other programs."""
TEXTS = {
    "en": "People you could meet, and why: {link}",
    "fr": "Qui rencontrer, et pourquoi : {link}",
}
MOST_FAILURES = 2
"""Orders in a row that pretix fails to take before the rest of the batch waits for the next attempt."""
TEXT_TYPES = frozenset({"S", "T"})


def publish(
    results: Sequence[Result], context: HostContext, client: PretixClient, form: Form
) -> Sequence[HostError | None]:
    """Bring pretix to these results, one order at a time; return one answer each, in order. Raises nothing."""
    outcomes: list[HostError | None] = [None] * len(results)
    by_order: dict[tuple[str, str], list[tuple[int, int, Result]]] = {}
    for index, result in enumerate(results):
        place = read_ref(result.recipient)
        if place is None:
            outcomes[index] = HostRejected("the recipient is not a ticket of pretix")
            continue
        by_order.setdefault((result.host_event, place[0]), []).append((index, place[1], result))
    given_up: HostError | None = None
    failures = 0
    for (host_event, code), wanted in by_order.items():
        answers: Sequence[HostError | None]
        try:
            if given_up is not None:
                raise given_up
            answers = _publish_order(
                host_event, code, [(place, result) for _, place, result in wanted], context, client, form
            )
            failures = 0
        except HostRejected as error:
            answers = [error] * len(wanted)
        except HostError as error:
            # What was written so far stands. One order may be locked; a host that is away, or refuses us, is left alone.
            answers = [error] * len(wanted)
            failures += 1
            asked_for_quiet = isinstance(error, HostUnavailable) and error.retry_after is not None
            if failures >= MOST_FAILURES or asked_for_quiet or isinstance(error, HostUnauthorized):
                given_up = error
        for (index, _, _), answer in zip(wanted, answers, strict=True):
            outcomes[index] = answer
    return outcomes


def _publish_order(
    host_event: str,
    code: str,
    wanted: Sequence[tuple[int, Result]],
    context: HostContext,
    client: PretixClient,
    form: Form,
) -> list[HostError | None]:
    order = client.order(host_event, code)
    if order is None:
        missing = HostRejected("pretix has deleted the order")
        return [None if result.payload is None else missing for _, result in wanted]
    positions = {position["positionid"]: position for position in order["positions"]}
    notes = merged(order["api_meta"] or {}, wanted, by=context.installation.id, places=positions)
    if notes != (order["api_meta"] or {}):
        client.write_meta(host_event, code, notes)
    refused: dict[int, HostRejected] = {}
    for place in sorted({place for place, _ in wanted} & positions.keys()):
        link = (
            context.personal_link(host_event, f"{code}-{place}")
            if str(place) in notes.get(NOTES, {})
            else None
        )
        text = text_for(link, order["locale"] or "")
        try:
            _show(host_event, positions[place], text, client, form)
        except HostRejected as error:
            refused[place] = error
    return [
        HostRejected("pretix has no such ticket any more")
        if place not in positions and result.payload is not None
        else refused.get(place)
        for place, result in wanted
    ]


def merged(
    api_meta: Mapping[str, Any], wanted: Sequence[tuple[int, Result]], *, by: str, places: Mapping[int, Any]
) -> dict[str, Any]:
    """Return the notes with these results in; what pretix already holds of a later revision stays.

    Places that left the order lose their notes. Empty places, and in the end our key, disappear.
    """
    notes = copy.deepcopy(dict(api_meta))
    ours = notes.get(NOTES)
    ours = {
        place: dict(features)
        for place, features in (ours.items() if isinstance(ours, dict) else ())
        if isinstance(features, dict) and place.isascii() and place.isdigit() and int(place) in places
    }
    for place, result in wanted:
        held = ours.get(str(place), {}).get(result.feature)
        if isinstance(held, dict) and held.get("by") == by and _revision(held) >= result.revision:
            continue
        if result.payload is None:
            ours.get(str(place), {}).pop(result.feature, None)
        elif place in places:
            ours.setdefault(str(place), {})[result.feature] = {
                "by": by, "revision": result.revision, "result": result.payload,
            }  # fmt: skip
    ours = {place: features for place, features in ours.items() if features}
    notes.pop(NOTES, None)
    return {**notes, NOTES: ours} if ours else notes


def text_for(link: str | None, locale: str) -> str | None:
    """Return what the attendee reads under the ticket, in the language of the order."""
    if link is None:
        return None
    return TEXTS.get(language_code(locale), TEXTS["en"]).format(link=link)


def _show(
    host_event: str, position: Mapping[str, Any], text: str | None, client: PretixClient, form: Form
) -> None:
    """Put the text into the organiser's question, or take it out, if it is not so already."""
    if not form.link_question:
        return
    shown = next(
        (row["answer"] for row in position["answers"] if form.is_ours(row["question_identifier"])), None
    )
    if shown == text:
        return
    questions = client.questions(host_event)
    question = next((one for one in questions.values() if form.is_ours(one.identifier)), None)
    if question is None or position["canceled"]:
        return  # nothing to write into; on a cancelled ticket pretix takes no answers
    if text is not None and (question.type not in TEXT_TYPES or position["item"] not in question.items):
        return
    # Read again at the last moment: pretix replaces all answers, and the attendee may just have changed some.
    latest = client.position(host_event, position["id"])
    if latest is None:
        return
    answers = [
        _unchanged(row, questions)
        for row in latest["answers"]
        if not form.is_ours(row["question_identifier"])
    ]
    if text is not None:
        answers.append({"question": question.id, "answer": text, "options": []})
    client.write_answers(host_event, position["id"], answers)


def _unchanged(row: Mapping[str, Any], questions: Mapping[str, Question]) -> dict[str, Any]:
    """Return somebody else's answer as pretix takes it back without changing it."""
    question = questions.get(row["question_identifier"])
    if question is None:
        raise HostRejected("a question disappeared while the link was written")
    if question.type in {"C", "M"} and not row["options"]:
        raise HostRejected("an answer's option was deleted: writing the link would lose that answer")
    answer = "file:keep" if question.type == "F" else row["answer"]
    return {"question": row["question"], "answer": answer, "options": row["options"]}


def _revision(held: Mapping[str, Any]) -> int:
    revision = held.get("revision")
    return revision if isinstance(revision, int) else 0
