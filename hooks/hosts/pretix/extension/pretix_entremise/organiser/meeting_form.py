"""The form for times and spots of meetings."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from . import frame_lines, frames
from .brief_forms import BriefForm
from .people import ref_in, refs_in

MOST_MINUTES, MOST_CAPACITY = 240, 1000


def _time(label, **more):
    return forms.TimeField(
        label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **more
    )


def _lines(label, help_text):
    return forms.CharField(
        label=label, help_text=help_text, required=False, max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


def _date(label, **more):
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more
    )


class MeetingsForm(BriefForm):
    """When and where people can meet."""

    faults = {
        "slots": "first", "time_zone": "first", "spots": "spots", "per_person": "per_person", "meetings": "wishes",
        "limits": "limits", "walking_minutes": "walking",
    }  # fmt: skip
    more = ("wishes", "limits", "walking")
    more_label = _("More: who should meet, other limits, ways between spots")
    keep = forms.BooleanField(label=_("Keep the times that there are"), required=False)
    first = _date(_("First day"), required=False)
    last = _date(_("Last day"), required=False, help_text=_("Empty: meetings are on the first day only."))
    starts = _time(_("Meetings from"), required=False)
    ends = _time(_("Meetings until"), required=False)
    minutes = forms.IntegerField(label=_("Minutes each"), required=False, min_value=5, max_value=MOST_MINUTES)
    rest = forms.IntegerField(
        label=_("Minutes between two meetings"), required=False, min_value=0, max_value=MOST_MINUTES
    )
    pause_from = _time(_("No meetings from"), required=False, help_text=_("Such as lunch. May be empty."))
    pause_to = _time(_("No meetings until"), required=False)
    spots = forms.CharField(
        label=_("Spots, one a line"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("A name, a colon and how many meetings fit there at once: “Lobby: 4”. Without a number: one."),
    )  # fmt: skip
    video = forms.IntegerField(
        label=_("Meetings by video at once"), required=False, min_value=0, max_value=MOST_CAPACITY,
        help_text=_("For those who take part remotely. Empty: none."),
    )  # fmt: skip
    link = forms.URLField(label=_("Address of the virtual room"), required=False, assume_scheme="https")
    per_person = forms.IntegerField(
        label=_("Meetings per person, at most"), required=False, min_value=1, max_value=50,
        help_text=_("Empty: as the settings say."),
    )  # fmt: skip
    wishes = _lines(
        _("Who should meet: one meeting a line, with semicolons between the people"),
        _(
            "“Ada Lovelace; K3P9Q-1”. No others meet then. Empty: pairs who would both gain, and published circles."
        ),
    )
    limits = _lines(
        _("People with another number of meetings, one a line"),
        _("A person, a colon and the most meetings that they may have: “K3P9Q-1: 2”."),
    )
    walking = _lines(
        _("Minutes on the way between two spots, one way a line"),
        _("Two spots with a semicolon between them, a colon and the minutes: “Lobby; Studio: 6”. It takes as long the "
          "other way round. What is not named takes none."),
    )  # fmt: skip

    def filled(self, frame, names):
        """Return what the fields hold for this frame."""
        spots, video, link = frames.spots_of(frame)
        found = {
            "spots": spots, "video": video, "link": link, "per_person": frame.get("per_person"),
            "wishes": frame_lines.wishes_of(frame, names.written),
            "limits": frame_lines.limits_of(frame, names.written), "walking": frame_lines.walking_of(frame),
        }  # fmt: skip
        times = frames.times_of(frame.get("slots"))
        if times:
            times["pause_from"], times["pause_to"] = times.pop("pause") or (None, None)
            times["last"] = times["last"] if times["last"] != times["first"] else None
            return {**found, **times}
        start = self.event.date_from.astimezone(self.event.timezone)
        return {**found, "first": start.date(), "minutes": 20, "rest": 5, "keep": bool(frame.get("slots"))}

    def __init__(self, event, frame, names, *args, **kwargs):
        super().__init__(event, frame, names, *args, **kwargs)
        # What the fields can say need not be kept; times of another kind came by REST, and nobody types them again.
        if not frame.get("slots") or frames.times_of(frame["slots"]):
            del self.fields["keep"]

    def clean_spots(self):
        """Return names and how many meetings fit."""
        found = self.numbered("spots", otherwise=1)
        if len({name for name, _number in found}) < len(found):
            raise ValidationError(_("Two spots have the same name."))
        return found

    def clean_wishes(self):
        """Return sets of people, each once."""
        found = []
        for line in frames.lines(self.cleaned_data["wishes"]):
            people = list(dict.fromkeys(refs_in(line.replace(";", "\n"), self.event)))
            if len(people) < 2:
                raise ValidationError(_("Name at least two different people on this line: “%(line)s”."),
                                      params={"line": line[:80]})  # fmt: skip
            if set(people) not in map(set, found):
                found.append(people)
        return found

    def clean_limits(self):
        """Return how many meetings each has at most."""
        return {ref_in(person, self.event): most for person, most in self.numbered("limits")}

    def clean_walking(self):
        """Return ways and minutes."""
        return self.numbered("walking")

    def clean(self):
        """Ask for times and a spot that make sense together."""
        found = super().clean()
        if not found.get("keep"):
            self._times(found)
        if "spots" in found and not found["spots"] and not found.get("video"):
            self.add_error(
                "spots", _("Name at least one spot, or say how many meetings there may be by video.")
            )
        elif "spots" in found and "walking" in found:
            there = frames.spots(self.before, found["spots"], found.get("video"), found.get("link"))
            spots = [spot["name"] for spot in there]
            self.reread("walking", lambda ways: frame_lines.walking(ways, spots))
        return found

    def _times(self, found):
        for name in ("first", "starts", "ends", "minutes"):
            if not found.get(name) and name not in self.errors:
                self.add_error(name, _("This is needed."))
        if self.errors.keys() & {
            "first",
            "last",
            "starts",
            "ends",
            "minutes",
            "rest",
            "pause_from",
            "pause_to",
        }:
            return
        if found["last"] and found["last"] < found["first"]:
            self.add_error("last", _("The last day is before the first."))
        elif bool(found["pause_from"]) != bool(found["pause_to"]) or (
            found["pause_from"] and found["pause_from"] >= found["pause_to"]
        ):
            self.add_error(
                "pause_to", _("Say from when until when there are no meetings, or leave both empty.")
            )
        else:
            found["slots"] = self._slots(found)

    def _slots(self, found):
        slots = frames.slots(
            found["first"], found["last"] or found["first"], found["starts"], found["ends"], found["minutes"],
            found["rest"] or 0, (found["pause_from"], found["pause_to"]) if found["pause_from"] else None,
        )  # fmt: skip
        if not slots:
            self.add_error("ends", _("No meeting fits between these times."))
        elif len(slots) > frames.MOST_SLOTS:
            self.add_error("last", _("These are more than %(most)s times.") % {"most": frames.MOST_SLOTS})
        return slots

    def frame(self):
        """Return the frame as it was filled in."""
        given = self.cleaned_data
        frame = frames.without(self.before, *(self.said - {"slots", "time_zone"}))
        if "slots" in given:
            frame = {**frame, "slots": given["slots"], "time_zone": str(self.event.timezone)}
        frame["spots"] = frames.spots(self.before, given["spots"], given["video"], given["link"])
        optional = {
            "per_person": given["per_person"],
            "meetings": frame_lines.wishes(self.before, given.get("wishes", ())),
            "limits": [{"person": ref, "most": most} for ref, most in given.get("limits", {}).items()],
            "walking_minutes": given.get("walking"),
        }  # fmt: skip
        return {**frame, **{key: value for key, value in optional.items() if value and key in self.said}}
