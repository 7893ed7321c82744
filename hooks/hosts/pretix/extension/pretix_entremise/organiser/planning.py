"""The pages on which organisers look at plans, change them by simple rules, and publish what they have seen."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View

from ..client import ServiceError
from .asking import CHANGE, CONFLICT, INVALID, LABELS, STALE, ServicePage, etag_of, language, trouble_of
from .forms import KINDS, PinForm
from .logdisplay import STEPS
from .people import Names
from .rules import people_of, without
from .wording import labels_of, reasons_in, rows_of, state_of


class PlanList(ServicePage, View):
    """One line for each plan."""

    def get(self, request, **_kwargs):
        """Show how far every plan is, how many have no place, and why."""
        found = {plan["feature"]: plan for plan in self.service.plans(self.host_event)}
        lines = []
        for feature, label in LABELS.items():
            plan = found.get(feature)
            if plan is None:
                continue
            reasons, problems = [], []
            if plan["enabled"] and plan["drafted"] is not None and not plan["due"]:
                draft = self.service.plan(self.host_event, feature, language=language())[0]["draft"]
                reasons, problems = (
                    reasons_in(draft),
                    [one["text"] for one in (draft or {}).get("problems", ())],
                )
            lines.append(
                {
                    "plan": plan,
                    "label": label,
                    "state": state_of(plan),
                    "reasons": reasons,
                    "problems": problems,
                }
            )
        return render(request, "pretix_entremise/organiser/plans.html", {"lines": lines})


class PlanView(ServicePage, View):
    """What the views of one plan share."""

    @property
    def feature(self):
        """The plan's key."""
        return self.kwargs["feature"]

    def back(self):
        """Return to the plan's page."""
        return redirect(self.at("plan", feature=self.feature))

    def read(self):
        """Return the plan and its ETag."""
        return self.service.plan(self.host_event, self.feature, language=language())

    def put(self, change, etag):
        """Send the brief as ``change`` makes it from the one that is there. Raises ``ServiceError``."""
        brief = self.read()[0]["brief"]
        self.service.put_brief(
            self.host_event, self.feature, change(brief), etag=etag_of(etag), language=language()
        )
        self.log("brief")

    def log(self, step):
        """Write into the event's log who did what; never about whom."""
        self.request.event.log_action(STEPS[step], user=self.request.user, data={"plan": self.feature})

    def told(self, error):
        """Say why a change was not made, and return to the plan as it is now."""
        if error.status in STALE:
            messages.warning(
                self.request,
                _(
                    "Nothing was changed: meanwhile the plan has changed, or somebody else has changed it. Here it is "
                    "as it stands now. Look at it and try again."
                ),
            )
        elif error.status == CONFLICT:
            messages.error(
                self.request,
                _("That is not possible now: the plan is switched off, has no draft, or publishes itself."),
            )
        else:
            trouble = trouble_of(error)
            messages.error(self.request, f"{trouble.title} {trouble.advice}")
        return self.back()


class PlanPage(PlanView):
    """One plan: who is with whom, what is in the way, and what the organiser wants changed."""

    def get(self, request, feature):
        """Show the plan."""
        return self.page()

    def post(self, request, feature):
        """Add a rule, or take one back; a new draft follows."""
        if not self.may(CHANGE):
            raise PermissionDenied
        wish, etag = request.POST.get("do", ""), request.POST.get("etag")
        try:
            if wish == "remove":
                kind, _colon, number = request.POST.get("rule", "").partition(":")
                if not number.isascii() or not number.isdigit():
                    raise Http404
                self.put(lambda brief: without(brief, kind, int(number[:9])), etag)
            elif wish in KINDS:
                shown = self.read()
                form = self.form(wish, shown[0], request.POST)
                if not form.is_valid():
                    return self.page(shown, form)
                self.put(form.change, etag)
            else:
                raise Http404
        except ServiceError as error:
            if error.status == INVALID:
                messages.error(request, _("The service refused this rule: %(why)s") % {"why": error.detail})
                return self.back()
            return self.told(error)
        messages.success(
            request, _("Done. A new draft is being made, as close as possible to the one before.")
        )
        return self.back()

    def form(self, kind, plan, data=None):
        """Return one of the small forms, filled with what was sent if anything was."""
        more = {"groups": self.groups(plan)} if kind == PinForm.kind else {}
        return KINDS[kind](self.request.event, plan, data, **more)

    def groups(self, plan):
        """Return the groups that a pin may name, with their places in words."""
        part = plan["draft"] or plan["published"] or {"groups": []}
        labels = labels_of(self.feature, part, self.names(plan), self.request.event.timezone)
        return [(group["key"], label) for group, label in zip(part["groups"], labels, strict=True)]

    def names(self, plan):
        """Return everybody whom the plan names; read once."""
        if not hasattr(self, "_names"):
            known = {}
            for part in (plan["draft"], plan["published"]):
                for group in (part or {}).get("groups", ()):
                    known |= {one["person"]: one["name"] for one in group["members"]}
                known |= {one["person"]: one["name"] for one in (part or {}).get("left_over", ())}
            named = {ref for part in (plan["draft"], plan["published"]) for ref in _blamed(part)}
            refs = {*known, *plan["moved"], *people_of(plan["brief"]), *named}
            self._names = Names(self.request.event, refs, known)
            self._refs = set(known)
        return self._names

    def page(self, shown=None, refused=None):
        """Return the page; ``refused`` is a form whose faults are to be shown."""
        plan, etag = shown or self.read()
        names, zone = self.names(plan), self.request.event.timezone
        of = self.request.GET.get("of", "")
        of = of if of in ("draft", "published") and plan[of] else "draft" if plan["draft"] else "published"
        part = plan[of]
        summary = {
            **plan,
            "drafted": plan["draft"] and len(set(_placed(plan["draft"]))),
            "published": plan["published"] and len(set(_placed(plan["published"]))),
            "moved": len(plan["moved"]),
        }
        forms = {kind: self.form(kind, plan) for kind in KINDS}
        if refused is not None:
            forms[refused.kind] = refused
        return render(
            self.request,
            "pretix_entremise/organiser/plan.html",
            {
                "plan": plan, "etag": etag, "feature": self.feature, "label": LABELS[self.feature], "of": of,
                "state": state_of(summary), "rows": rows_of(self.feature, part, names, zone) if part else [],
                "problems": [
                    (one["text"], [names[ref] for ref in one["people"]])
                    for one in (part or {}).get("problems", ())
                ],
                "left_over": [(names[one["person"]], one["text"]) for one in (part or {}).get("left_over", ())],
                "reasons": reasons_in(part), "moved": names.all(plan["moved"]),
                "placed": len(set(_placed(part))) if part else 0,
                "rules": self.rules(plan["brief"], names, dict(self.groups(plan))), "forms": forms,
                "refused": refused, "options": names.all(self._refs), "may_change": self.may(CHANGE),
                "has_picture": self.feature in ("mentorship", "seating"),
            },
        )  # fmt: skip

    def rules(self, brief, names, groups):
        """Return what was said, in words, each with what takes it back."""
        found = [
            (f"pins:{at}", _("%(person)s stays in: %(group)s") % {
                "person": names[one["person"]], "group": groups.get(one["group"], one["group"]),
            })
            for at, one in enumerate(brief["pins"])
        ]  # fmt: skip
        found += [
            (f"apart:{at}", _("Apart: %(people)s") % {"people": _listed(names, pair)})
            for at, pair in enumerate(brief["apart"])
        ]
        found += [
            (f"together:{at}", _("Together: %(people)s") % {"people": _listed(names, people)})
            for at, people in enumerate(brief["together"])
        ]
        found += [
            (f"paused:{at}", _("No new place for now: %(person)s") % {"person": names[ref]})
            for at, ref in enumerate(brief["paused"])
        ]
        return found


class PlanStep(PlanView):
    """Publish, take back, ask for a new draft, form circles at once."""

    permission = CHANGE

    def post(self, request, feature, step):
        """Do it; what was published is what the page showed."""
        try:
            if step == "publish":
                etag = etag_of(request.POST.get("etag"))
                self.service.publish(self.host_event, feature, etag=etag)
                done = _("Published. Attendees see it on the page of their ticket within moments.")
            elif step == "retract":
                self.service.retract(self.host_event, feature)
                done = _("Taken back: attendees no longer see it. The draft stays.")
            elif step == "draft":
                self.service.draft(self.host_event, feature)
                done = _("A new draft is being made from who is registered now. Look again in a moment.")
            elif feature == "circles":
                self.service.form_now(self.host_event)
                done = _("Circles are forming among those who are here. Look again in a moment.")
            else:
                raise Http404
        except ServiceError as error:
            return self.told(error)
        self.log(step)
        messages.success(request, done)
        return self.back()


def _placed(part):
    return (one["person"] for group in part["groups"] for one in group["members"])


def _blamed(part):
    return (ref for problem in (part or {}).get("problems", ()) for ref in problem["people"])


def _listed(names, refs):
    return ", ".join(str(names[ref]) for ref in refs)
