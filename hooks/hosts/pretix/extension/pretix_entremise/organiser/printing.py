"""Hands on what the service draws and writes of a plan: pages to print, one a sheet, and the table for spreadsheets.

What comes from the service is never put into a page of ours: it is an image of its own address, which loads nothing,
runs nothing, and is saved rather than opened when somebody follows its link.
"""

import time

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import View

from ..client import ServiceAway, ServiceError
from .asking import LABELS, NOT_THERE, Proxied, ServicePage, language

PARTS = ("draft", "published")
MOST_PAGES = 200
PATIENCE = 30.0
"""Seconds for all pages together: a slow service must not keep a worker of pretix for as many answers as it likes."""
DRAWN = frozenset(("mentorship", "seating"))
"""Plans of which there are pictures."""

NOTHING_RUNS = "; ".join(
    f"{kind} 'none'"
    for kind in ("script-src-elem", "script-src-attr", "worker-src", "child-src", "manifest-src")
)


def part_of(request):
    """Return which part of the plan is asked for: the draft, or (unless said) what is published."""
    of = request.GET.get("of", "published")
    if of not in PARTS:
        raise Http404
    return of


class Table(Proxied, View):
    """The plan as CSV, as the service writes it: safe to open in a spreadsheet."""

    def get(self, request, feature):
        """Return the file."""
        of = part_of(request)
        try:
            body = self.service.table(self.host_event, feature, of=of)
        except ServiceError as error:
            if error.status == NOT_THERE:
                raise Http404 from error
            raise
        return a_file(body, "text/csv; charset=utf-8", f"{request.event.slug}-{feature}-{of}.csv")


class Picture(Proxied, View):
    """One page of the plan as SVG."""

    def get(self, request, feature):
        """Return the picture."""
        page = request.GET.get("page", "1")
        if (
            feature not in DRAWN
            or not page.isascii()
            or not page.isdigit()
            or not 1 <= int(page[:6]) <= MOST_PAGES
        ):
            raise Http404
        of = part_of(request)
        try:
            body, _more = self.service.picture(
                self.host_event, feature, of=of, page=int(page), language=language()
            )
        except ServiceError as error:
            if error.status == NOT_THERE:
                raise Http404 from error
            raise
        return a_file(body, "image/svg+xml; charset=utf-8", f"{request.event.slug}-{feature}-{of}-{page}.svg")


class PrintPage(ServicePage, View):
    """All pages of the plan's picture, one a sheet."""

    def get(self, request, feature):
        """Show as many images as the plan has pages."""
        if feature not in DRAWN:
            raise Http404
        of, number, more, until = part_of(request), 0, True, time.monotonic() + PATIENCE
        try:
            while more and number < MOST_PAGES:
                if time.monotonic() > until:
                    raise ServiceAway("timeout", detail="the pages do not end")
                _body, more = self.service.picture(
                    self.host_event, feature, of=of, page=number + 1, language=language()
                )
                number += 1
        except ServiceError as error:
            if error.status != NOT_THERE:
                raise
        where = self.at("plan.picture", feature=feature)
        pages = [
            {"address": f"{where}?of={of}&page={page}", "alt": _("%(plan)s, page %(page)s of %(pages)s. The same as "
             "text: the table on the page of the plan.") % {"plan": LABELS[feature], "page": page, "pages": number}}
            for page in range(1, number + 1)
        ]  # fmt: skip
        return render(
            request,
            "pretix_entremise/organiser/print.html",
            {"pages": pages, "label": LABELS[feature], "feature": feature, "of": of},
        )


def a_file(body, media, name):
    """Return a file that browsers save, or show where a page has it as an image, and treat as nothing else."""
    response = HttpResponse(body, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    # pretix joins its own policy to this one and knows no sandbox: named are the kinds that it leaves to a default.
    response["Content-Security-Policy"] = NOTHING_RUNS
    return response
