"""Forms for what there is to fill: sizes of circles, tables and meals, times and spots. Each makes a plan's frame.

``faults`` names the fields of a frame as the service does, so that its refusal stands next to what was filled in.
"""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from . import frames
from .forms import PeopleField, styled
from .people import refs_in

MOST_SIZE, MOST_TABLES, MOST_SEATS = 100, 500, 500
_NOT_A_LINE = _("This line is not written as it has to be: “%(line)s”.")


class BriefForm(forms.Form):
    """What there is to fill in one plan. ``frame`` is the one that there is; ``names`` words its people."""

    faults = {}

    def __init__(self, event, frame, names, *args, **kwargs):
        self.event, self.before = event, frame
        super().__init__(*args, initial=self.filled(frame, names), **kwargs)
        for field in self.fields.values():
            if isinstance(field, PeopleField):
                field.event = event
        styled(self)

    def filled(self, frame, names):
        """Return what the fields hold for this frame."""
        raise NotImplementedError

    def frame(self):
        """Return the frame as it was filled in."""
        raise NotImplementedError

    def blame(self, where, why):
        """Put the service's words next to the field of the frame that it named."""
        where = where.removeprefix("frame.")
        field = next((field for start, field in self.faults.items() if where.startswith(start)), None)
        self.add_error(field, _("The service refused this: %(why)s") % {"why": why})

    def numbered(self, name, otherwise=None):
        """Return (name, number) of each line of a field."""
        try:
            return frames.numbered(self.cleaned_data[name], otherwise=otherwise)
        except frames.NotALine as error:
            raise ValidationError(_NOT_A_LINE, params={"line": error.line[:80]}) from error


def _listed(refs, names):
    return "\n".join(f"{names[ref].name} ({ref})" if names[ref].name else ref for ref in refs)


class CirclesForm(BriefForm):
    """Circles need nothing; certain sizes and hosts may be asked for."""

    faults = {"sizes": "sizes", "hosts": "hosts"}
    sizes = forms.CharField(
        label=_("Sizes of the circles"), required=False, max_length=2000,
        help_text=_("For example 4, 4, 5. Empty: as many circles as fit, as large as the settings say."),
    )  # fmt: skip
    hosts = PeopleField(
        label=_("Hosts, one a line"), required=False,
        help_text=_("Names or ticket numbers such as K3P9Q-1. Every circle then has at least one of them."),
    )  # fmt: skip

    def filled(self, frame, names):
        """Return what the fields hold for this frame."""
        sizes = ", ".join(str(size) for size in frame.get("sizes") or ())
        return {"sizes": sizes, "hosts": _listed(frames.people_of(frame.get("hosts")), names)}

    def clean_sizes(self):
        """Return whole numbers."""
        parts = [part for part in self.cleaned_data["sizes"].replace(";", ",").split(",") if part.strip()]
        try:
            sizes = [int(part) for part in parts]
        except ValueError as error:
            raise ValidationError(_("Write whole numbers with commas between them.")) from error
        if any(not 2 <= size <= MOST_SIZE for size in sizes):
            raise ValidationError(_("A circle has at least two people."))
        return sizes

    def frame(self):
        """Return the frame as it was filled in."""
        frame = frames.without(self.before, "sizes", "hosts")
        if self.cleaned_data["sizes"]:
            frame["sizes"] = self.cleaned_data["sizes"]
        if self.cleaned_data["hosts"]:
            frame["hosts"] = [{"person": ref} for ref in self.cleaned_data["hosts"]]
        return frame


class SeatingForm(BriefForm):
    """Meals and tables."""

    faults = {
        "meals": "meals", "tables": "named", "capacity": "seats", "hosts": "hosts", "repeats": "repeats",
        "minimum_acquaintances": "minimum", "acquaintances": "acquaintances",
    }  # fmt: skip
    meals = forms.CharField(
        label=_("Meals, one a line"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        max_length=5000, help_text=_("Each meal gets its own table plan. Empty: one meal."),
    )  # fmt: skip
    number = forms.IntegerField(
        label=_("Number of tables"), required=False, min_value=1, max_value=MOST_TABLES
    )
    seats = forms.IntegerField(label=_("Seats at each"), required=False, min_value=1, max_value=MOST_SEATS)
    named = forms.CharField(
        label=_("Or every table by its name, one a line"), required=False, max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("A name, a colon and the number of seats: “Garden: 8”."),
    )  # fmt: skip
    hosts = PeopleField(
        label=_("Hosts, one a line"), required=False,
        help_text=_("Names or ticket numbers such as K3P9Q-1. Every table then has at least one of them."),
    )  # fmt: skip
    repeats = forms.ChoiceField(
        label=_("Sitting together again at the next meal"), required=False,
        choices=(
            ("", _("As the settings say")), ("any", _("Does not matter")), ("few", _("As rarely as possible")),
            ("never", _("Never")),
        ),
    )  # fmt: skip
    minimum = forms.IntegerField(
        label=_("Acquaintances at the table, at least"), required=False, min_value=0, max_value=20,
        help_text=_("For everybody. Needs the groups of people who know each other, below."),
    )  # fmt: skip
    acquaintances = forms.CharField(
        label=_("Who knows whom: one group a line, with semicolons between the people"), required=False,
        max_length=50_000, widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def filled(self, frame, names):
        """Return what the fields hold for this frame."""
        number, seats, named = frames.tables_of(frame)
        known = (
            _listed(group, names).replace("\n", "; ") for group in frames.sets_of(frame.get("acquaintances"))
        )
        return {
            "meals": "\n".join(frame.get("meals") or ()), "number": number, "seats": seats, "named": named,
            "hosts": _listed(frames.people_of(frame.get("hosts")), names), "repeats": frame.get("repeats", ""),
            "minimum": frame.get("minimum_acquaintances"), "acquaintances": "\n".join(known),
        }  # fmt: skip

    def clean_meals(self):
        """Return names, each once."""
        return list(dict.fromkeys(frames.lines(self.cleaned_data["meals"])))

    def clean_named(self):
        """Return names and seats."""
        found = self.numbered("named")
        names = [name for name, _seats in found]
        if len(set(names)) < len(names):
            raise ValidationError(_("Two tables have the same name."))
        if any(not 1 <= seats <= MOST_SEATS for _name, seats in found):
            raise ValidationError(_("Every table needs at least one seat."))
        return found

    def clean_acquaintances(self):
        """Return sets of people."""
        groups = frames.lines(self.cleaned_data["acquaintances"])
        return [refs_in(group.replace(";", "\n"), self.event) for group in groups]

    def clean(self):
        """Ask for tables in one way or the other."""
        found = super().clean()
        asked = not self.errors.keys() & {"named", "number", "seats"}
        if asked and not found["named"] and not (found["number"] and found["seats"]):
            self.add_error("number", _("Say how many tables there are, and how many seats each has."))
        if found.get("minimum") and "acquaintances" in found and not found["acquaintances"]:
            self.add_error(
                "acquaintances", _("Say who knows whom, or leave the number of acquaintances empty.")
            )
        return found

    def frame(self):
        """Return the frame as it was filled in."""
        given = self.cleaned_data
        frame = frames.without(
            self.before,
            "meals",
            "tables",
            "capacity",
            "hosts",
            "repeats",
            "minimum_acquaintances",
            "acquaintances",
        )
        frame["tables"] = frames.tables(self.before, given["number"], given["seats"], given["named"])
        optional = {
            "meals": given["meals"], "repeats": given["repeats"], "minimum_acquaintances": given["minimum"],
            "hosts": frames.hosts(self.before, given["hosts"]),
            "acquaintances": [{"people": group} for group in given["acquaintances"]],
        }  # fmt: skip
        return {**frame, **{key: value for key, value in optional.items() if value}}
