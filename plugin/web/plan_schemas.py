"""The shapes of plans in the REST API: what the organiser says, the draft, and what is published."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from .schemas import Moment

REF = validate.Length(1, 255)
MOST = 10_000
"""Pins, pairs or people in one list of a brief."""


def _said(text: str) -> dict[str, Any]:
    return {"description": text}


def _ref(text: str) -> fields.String:
    return fields.String(required=True, validate=REF, metadata=_said(text))


class _Strict(Schema):
    class Meta:
        """A mistyped key is an error, not something to pass over."""

        unknown = RAISE


class PinSchema(_Strict):
    person = _ref("Who.")
    group = _ref("The key of the group that the person is to be in; in mentorship, the mentor.")


class BriefSchema(_Strict):
    """The whole of what the organiser says: what is left out is said no more. A move is a pin, a veto is `apart`."""

    pins = fields.List(
        fields.Nested(PinSchema), load_default=list, dump_default=list, validate=validate.Length(max=MOST)
    )
    together = fields.List(
        fields.List(fields.String(validate=REF), validate=validate.Length(2, 100)),
        load_default=list, validate=validate.Length(max=MOST), metadata=_said("People to keep in one group."),
    )  # fmt: skip
    apart = fields.List(
        fields.List(fields.String(validate=REF), validate=validate.Length(equal=2)),
        load_default=list, validate=validate.Length(max=MOST), metadata=_said("Pairs to keep apart."),
    )  # fmt: skip
    paused = fields.List(
        fields.String(validate=REF), load_default=list, validate=validate.Length(max=MOST),
        metadata=_said("People who take part in no new group for now."),
    )  # fmt: skip
    frame = fields.Dict(
        keys=fields.String(), load_default=dict,
        metadata=_said("What there is to fill, in the feature's own format: see the file formats."),
    )  # fmt: skip


class ChosenPlanQuery(Schema):
    of = fields.String(
        load_default="published",
        validate=validate.OneOf(("draft", "published")),
        metadata=_said("draft, or published (unless given)"),
    )


class PlanPageQuery(ChosenPlanQuery):
    page = fields.Integer(
        load_default=1,
        validate=validate.Range(1, 10_000),
        metadata=_said("Which page, from 1; `Link` names the next one."),
    )


class MemberSchema(Schema):
    person = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    role = fields.String(required=True, metadata=_said("mentor, mentee, host, expert, or empty"))


class GroupSchema(Schema):
    key = fields.String(required=True, metadata=_said("Stays from draft to draft; pins name it."))
    members = fields.List(fields.Nested(MemberSchema), required=True)
    place = fields.Dict(required=True, metadata=_said("Where and when, in the feature's own words."))
    score = fields.Float(required=True)
    lost = fields.Integer(required=True, metadata=_said("Members gone since it was last made whole."))


class LeftOverSchema(Schema):
    person = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    because = fields.String(required=True, metadata=_said("The constraint that stopped it, for programs."))
    text = fields.String(required=True, metadata=_said("The same for people, by Accept-Language (en, fr)."))


class PlanProblemSchema(Schema):
    code = fields.String(required=True)
    text = fields.String(required=True, metadata=_said("For people, by Accept-Language (en, fr)."))
    people = fields.List(fields.String(), required=True)
    rules = fields.List(fields.String(), required=True, metadata=_said("The rules that conflict."))


class PlanSchema(Schema):
    groups = fields.List(fields.Nested(GroupSchema), required=True)
    left_over = fields.List(fields.Nested(LeftOverSchema), required=True)
    problems = fields.List(fields.Nested(PlanProblemSchema), required=True)
    figures = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)


class PlanningSchema(Schema):
    feature = fields.String(required=True)
    version = fields.Integer(required=True, metadata=_said("Rises with every change; it is in the ETag."))
    enabled = fields.Boolean(required=True)
    publication = fields.String(
        required=True, metadata=_said("review, or automatic: every draft is published at once.")
    )
    due = fields.Boolean(required=True, metadata=_said("A draft was asked for and is not there yet."))
    brief = fields.Nested(BriefSchema, required=True)
    draft = fields.Nested(PlanSchema, required=True, allow_none=True)
    published = fields.Nested(PlanSchema, required=True, allow_none=True)
    published_at = Moment(required=True, allow_none=True)
    moved = fields.List(
        fields.String(),
        required=True,
        metadata=_said("Whom publishing the draft would move, bring in or take out."),
    )


class PlanSummarySchema(Schema):
    feature = fields.String(required=True)
    version = fields.Integer(required=True)
    enabled = fields.Boolean(required=True)
    publication = fields.String(required=True)
    due = fields.Boolean(required=True)
    drafted = fields.Integer(
        required=True, allow_none=True, metadata=_said("People with a place in the draft.")
    )
    left_over = fields.Integer(required=True, allow_none=True, metadata=_said("People without one."))
    published = fields.Integer(
        required=True,
        allow_none=True,
        metadata=_said("People with a place in what is published; null = nothing is."),
    )
    published_at = Moment(required=True, allow_none=True)
    moved = fields.Integer(required=True)


class PlansSchema(Schema):
    plans = fields.List(fields.Nested(PlanSummarySchema), required=True)
