"""Which tickets count while an organiser tries things out, and in which language somebody is addressed."""

import pytest
from django_scopes import scopes_disabled

from pretix_entremise.models import Mark
from pretix_entremise.profile import counts, read
from pretix_entremise.questions import Mapping


@pytest.mark.parametrize(("testing", "counted"), [(True, True), (False, False)])
def test_test_orders_count_as_long_as_the_event_is_in_test_mode(event, sell, testing, counted):
    event.testmode = testing
    event.save()
    order = sell("Ada Lovelace", testmode=True)
    with scopes_disabled():
        assert counts(order, order.positions.get(), Mapping.of(event)) is counted


def test_the_end_of_test_mode_is_a_reason_to_look_at_everybody(event, admin):
    with scopes_disabled():
        Mark.objects.all().delete()
    event.log_action("pretix.event.testmode.deactivated", user=admin, data={})
    with scopes_disabled():
        assert Mark.objects.filter(event=event, kind=Mark.EVERYTHING).exists()


@pytest.mark.parametrize(
    ("locale", "languages"), [("fr", ["fr", "en"]), ("en", ["en", "fr"]), ("de", ["en", "fr"])]
)
def test_whoever_chose_several_languages_is_addressed_in_that_of_the_order(
    event, ask, sell, locale, languages
):
    ask("CONSENT", "B")
    ask("LANGUAGES", "M", options=("EN", "FR"))
    order = sell("Ada Lovelace", answers={"CONSENT": True, "LANGUAGES": ["EN", "FR"]}, locale=locale)
    with scopes_disabled():
        assert read(order.positions.get(), Mapping.of(event))["languages"] == languages
