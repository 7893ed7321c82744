"""The form for meals and tables, and for what some guests need of a table."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from . import frame_lines, frames
from .brief_forms import BriefForm, listed
from .forms import PeopleField
from .people import ref_in, refs_in

MOST_TABLES, MOST_SEATS = 500, 500


def _lines(label, help_text, rows=3):
    return forms.CharField(
        label=label, help_text=help_text, required=False, max_length=50_000,
        widget=forms.Textarea(attrs={"rows": rows}),
    )  # fmt: skip


class SeatingForm(BriefForm):
    """Meals and tables."""

    faults = {
        "meals": "meals", "tables": "named", "capacity": "seats", "hosts": "hosts", "repeats": "repeats",
        "minimum_acquaintances": "minimum", "acquaintances": "acquaintances", "diets": "diets",
        "step_free": "step_free", "absent": "absent", "optional": "optional",
    }  # fmt: skip
    more = ("diets", "served", "step_free", "step_free_tables", "absent", "optional", "least")
    more_label = _("More: food, step-free places, who is away")
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
    diets = _lines(
        _("Who needs which food: one food a line"),
        _("The food, a colon, and people with semicolons between them: “vegan: Ada Lovelace; K3P9Q-1”. They sit only where "
          "it is served. No attendee is shown it; name only those who agree that the service knows."),
    )  # fmt: skip
    served = _lines(
        _("Tables that do not serve everything, one a line"),
        _("The name (or number) of the table, a colon and what it serves: “Garden: vegan, halal”. All others serve "
          "everything."),
    )  # fmt: skip
    step_free = PeopleField(
        label=_("Who needs a step-free seat, one a line"), required=False,
        help_text=_("They sit only at tables that have one. No attendee is shown it; name only those who agree that the "
                    "service knows."),
    )  # fmt: skip
    step_free_tables = _lines(
        _("Tables with a step-free place, one a line"), _("The names of the tables, or their numbers.")
    )
    absent = _lines(
        _("Who is away, one a line"),
        _("A person; or a person, a colon and the only meal that they miss: “K3P9Q-1: Dinner”."),
    )
    optional = PeopleField(
        label=_("Who may be left without a seat when there are too few, one a line"), required=False
    )
    least = forms.IntegerField(
        label=_("Guests at each table, at least"), required=False, min_value=0, max_value=MOST_SEATS
    )

    def filled(self, frame, names):
        """Return what the fields hold for this frame."""
        number, seats, named = frames.tables_of(frame)
        known = (listed(group, names, "; ") for group in frames.sets_of(frame.get("acquaintances")))
        return {
            "meals": "\n".join(frame.get("meals") or ()), "number": number, "seats": seats, "named": named,
            "hosts": listed(frames.people_of(frame.get("hosts")), names), "repeats": frame.get("repeats", ""),
            "minimum": frame.get("minimum_acquaintances"), "acquaintances": "\n".join(known),
            "diets": frame_lines.diets_of(frame, names.written), "served": frame_lines.served_of(frame),
            "step_free": listed(frame.get("step_free") or (), names),
            "step_free_tables": frame_lines.step_free_of(frame),
            "absent": frame_lines.absent_of(frame, names.written),
            "optional": listed(frame.get("optional") or (), names), "least": frame_lines.least_of(frame),
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

    def clean_diets(self):
        """Return people by food."""
        found = {}
        for food, people in self.read(frame_lines.diets, self.cleaned_data["diets"]):
            refs = refs_in(people.replace(";", "\n"), self.event)
            found[food] = list(dict.fromkeys([*found.get(food, ()), *refs]))
        return found

    def clean(self):
        """Ask for tables in one way or the other, and for what fits them."""
        found = super().clean()
        asked = not self.errors.keys() & {"named", "number", "seats"}
        if asked and not found["named"] and not (found["number"] and found["seats"]):
            self.add_error("number", _("Say how many tables there are, and how many seats each has."))
        elif asked:
            self._tables(found)
        if "meals" in found and "absent" in found:
            self.reread("absent", self._away)
        if found.get("minimum") and "acquaintances" in found and not found["acquaintances"]:
            self.add_error(
                "acquaintances", _("Say who knows whom, or leave the number of acquaintances empty.")
            )
        return found

    def _tables(self, found):
        tables = dict(found["named"] or ((str(at), found["seats"]) for at in range(1, found["number"] + 1)))
        if "served" in found:
            self.reread("served", lambda text: self._served(text, tables, found.get("diets") or ()))
        if "step_free_tables" in found:
            self.reread(
                "step_free_tables",
                lambda text: [frame_lines.one_of(name, tables) for name in frames.lines(text)],
            )
        if found.get("step_free") and found.get("step_free_tables") == []:
            self.add_error("step_free_tables", _("Say which tables have a step-free place."))
        if (found.get("least") or 0) > min(tables.values()):
            self.add_error("least", _("There is a table with fewer seats than that."))

    def _served(self, text, tables, diets):
        """Return foods by table, written as the needs are."""
        spelled = {food.casefold(): food for food in diets}
        return {
            table: [spelled.get(food.casefold(), food) for food in foods]
            for table, foods in frame_lines.served(text, tables).items()
        }

    def _away(self, text):
        meals = self.cleaned_data["meals"]
        return [(ref_in(person, self.event), meal) for person, meal in frame_lines.absent(text, meals)]

    def frame(self):
        """Return the frame as it was filled in."""
        given = self.cleaned_data
        frame = frames.without(self.before, *self.said)
        tables = frames.tables(self.before, given["number"], given["seats"], given["named"])
        frame["tables"] = list(
            frame_lines.equipped(
                tables, least=given.get("least", frame_lines.KEPT), step_free=given["step_free_tables"],
                served=given.get("served", frame_lines.KEPT),
            )
        )  # fmt: skip
        optional = {
            "meals": given["meals"], "repeats": given["repeats"], "minimum_acquaintances": given["minimum"],
            "hosts": frames.hosts(self.before, given["hosts"]),
            "acquaintances": [{"people": group} for group in given["acquaintances"]],
            "diets": given.get("diets"), "step_free": given["step_free"], "optional": given["optional"],
            "absent": frame_lines.away(self.before, given.get("absent", ())),
        }  # fmt: skip
        return {**frame, **{key: value for key, value in optional.items() if value and key in self.said}}
