"""Receivers of pretix's signals for organisers: navigation, placeholders, shredder, exports, what is held of a ticket."""

from django.dispatch import receiver
from django.urls import resolve, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from pretix.api.signals import orderposition_api_details
from pretix.base.signals import (
    layout_text_variables,
    register_data_exporters,
    register_data_shredders,
    register_text_placeholders,
)
from pretix.control.signals import nav_event, order_position_buttons

from . import logdisplay  # noqa: F401
from .asking import LOOK
from .exporting import PeopleExporter, details_of
from .placeholders import layout_variables, text_placeholders
from .shredding import IntroductionsShredder


@receiver(nav_event, dispatch_uid="entremise_organiser_nav")
def navigation(sender, request=None, **_kwargs):
    """Offer the organiser's pages to those who may see orders."""
    if not request.user.has_event_permission(request.organizer, request.event, LOOK, request=request):
        return []
    here = resolve(request.path_info)
    ours = here.url_name if here.namespace == "plugins:pretix_entremise" else ""
    where = {"organizer": request.event.organizer.slug, "event": request.event.slug}

    def entry(label, name, active):
        address = reverse(f"plugins:pretix_entremise:{name}", kwargs=where)
        return {"label": label, "url": address, "active": active}

    return [
        {
            **entry(_("Introductions"), "people", active=False),
            "icon": "handshake-o",
            "children": [
                entry(_("People"), "people", active=ours == "people"),
                entry(_("Plans"), "plans", active=ours.startswith("plan")),
            ],
        }
    ]


@receiver(order_position_buttons, dispatch_uid="entremise_organiser_ticket")
def what_is_held(sender, order, position, request, **_kwargs):
    """Offer what is held of a ticket, for when its holder asks for it."""
    if position.addon_to_id or position.canceled:
        return ""
    where = {
        "organizer": sender.organizer.slug, "event": sender.slug, "order": order.code, "position": position.positionid,
    }  # fmt: skip
    return format_html(
        '<a class="btn btn-xs btn-default" href="{}" download><span class="fa fa-handshake-o" aria-hidden="true">'
        "</span> {}</a>",
        reverse("plugins:pretix_entremise:people.ticket", kwargs=where), _("Introductions: data of this ticket"),
    )  # fmt: skip


@receiver(layout_text_variables, dispatch_uid="entremise_layout")
def on_tickets_and_badges(sender, **_kwargs):
    """Offer places and numbers to layouts of tickets and badges."""
    return layout_variables()


@receiver(register_text_placeholders, dispatch_uid="entremise_texts")
def in_mails(sender, **_kwargs):
    """Offer the address of the attendee's page to mails."""
    return text_placeholders()


@receiver(register_data_shredders, dispatch_uid="entremise_shredder")
def shredders(sender, **_kwargs):
    """Delete what is held when the organiser shreds data."""
    return [IntroductionsShredder]


@receiver(register_data_exporters, dispatch_uid="entremise_exporter")
def exporters(sender, **_kwargs):
    """Offer numbers and places as a list."""
    return PeopleExporter


@receiver(orderposition_api_details, dispatch_uid="entremise_api")
def for_programs(sender, orderposition, **_kwargs):
    """Tell programs about the ticket's own places."""
    return {"entremise": details_of(orderposition)}
