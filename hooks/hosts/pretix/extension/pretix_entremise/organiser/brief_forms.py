"""Forms for what there is to fill: what they have in common, and the one for circles. Each makes a plan's frame.

``faults`` names the fields of a frame as the service does, so that its refusal stands next to what was filled in.
"""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from . import frame_lines, frames
from .forms import PeopleField, styled

MOST_SIZE = 100
_NOT_A_LINE = _("This line is not written as it has to be: “%(line)s”.")
_NOT_KNOWN = _("“%(name)s” is not among those named above.")


class BriefForm(forms.Form):
    """What there is to fill in one plan. ``frame`` is the one that there is; ``names`` words its people.

    ``faults`` names for each key of the frame the field that says it; ``more`` are fields that few plans need.
    """

    faults = {}
    more = ()
    more_label = ""

    def __init__(self, event, frame, names, *args, **kwargs):
        self.event, self.before = event, frame
        filled = self.filled(frame, names)
        super().__init__(*args, initial=filled, **kwargs)
        for name, value in filled.items():
            if value is frame_lines.KEPT:
                del self.fields[name]
        for field in self.fields.values():
            if isinstance(field, PeopleField):
                field.event = event
        styled(self)

    @property
    def said(self):
        """Return the keys of the frame that the form says; what else there is, is kept."""
        return {key for key, field in self.faults.items() if field in self.fields}

    @property
    def usual_fields(self):
        """Return the fields that most plans need."""
        return [field for field in self if field.name not in self.more]

    @property
    def more_fields(self):
        """Return the others."""
        return [self[name] for name in self.more if name in self.fields]

    @property
    def more_open(self):
        """Whether there is anything to see among the others."""
        return any(field.errors or field.value() for field in self.more_fields)

    @property
    def summary(self):
        """Return (id of the input, label, message) for every error; id and label are empty for those of the whole."""
        found = [("", "", message) for message in self.non_field_errors()]
        return found + [
            (field.id_for_label, field.label, message) for field in self for message in field.errors
        ]

    def filled(self, frame, names):
        """Return what the fields hold for this frame."""
        raise NotImplementedError

    def frame(self):
        """Return the frame as it was filled in."""
        raise NotImplementedError

    def blame(self, where, why):
        """Put the service's words next to the field of the frame that it named."""
        where = where.removeprefix("frame.")
        field = self.faults.get(where.partition(".")[0])
        field = field if field in self.fields else None
        self.add_error(field, _("The service refused this: %(why)s") % {"why": why})

    def numbered(self, name, otherwise=None):
        """Return (name, number) of each line of a field."""
        return self.read(frames.numbered, self.cleaned_data[name], otherwise=otherwise)

    def read(self, reader, *what, **how):
        """Return what ``reader`` makes of it; raises ``ValidationError`` that says which line or name is wrong."""
        try:
            return reader(*what, **how)
        except frames.NotALine as error:
            raise ValidationError(_NOT_A_LINE, params={"line": error.line[:80]}) from error
        except frame_lines.NotKnown as error:
            raise ValidationError(_NOT_KNOWN, params={"name": error.name[:80]}) from error

    def reread(self, name, reader):
        """Put what ``reader`` makes of a field in its place: for what makes sense beside another field only."""
        try:
            self.cleaned_data[name] = self.read(reader, self.cleaned_data[name])
        except ValidationError as error:
            self.add_error(name, error)


def listed(refs, names, between="\n"):
    """Return people as they are written in a field."""
    return between.join(names.written(ref) for ref in refs)


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
        return {"sizes": sizes, "hosts": listed(frames.people_of(frame.get("hosts")), names)}

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
