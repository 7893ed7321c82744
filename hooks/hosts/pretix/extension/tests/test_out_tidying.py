"""What is held of people goes when nobody is shown it any more."""

import datetime as dt

from django.utils.timezone import now
from django_scopes import scope
from pretix.base.models import Event

from pretix_entremise import upkeep
from pretix_entremise.models import Held


def test_people_are_not_kept_longer_than_they_are_shown(event, connection, sell, organizer):
    with scope(organizer=organizer):
        order, dated = sell(), sell()
        event.has_subevents = True
        day = event.subevents.create(name="Day", date_from=now() - dt.timedelta(days=1))
        dated.all_positions.update(subevent=day)
        for one in (order, dated):
            Held.objects.create(
                position=one.positions.get(), feature="connections", revision=3,
                payload={"suggestions": [{"person": "X-1", "name": "Ada"}]},
            )  # fmt: skip
        Event.objects.update(
            date_from=now() - dt.timedelta(days=91), date_to=now() - dt.timedelta(days=89), has_subevents=True
        )
        upkeep.tidy()
        assert Held.objects.filter(payload__isnull=False).count() == 2
        Event.objects.update(date_to=now() - dt.timedelta(days=91))
        upkeep.tidy()
        assert Held.objects.get(payload__isnull=False).position.order == dated
        assert list(Held.objects.values_list("revision", flat=True)) == [3, 3]
