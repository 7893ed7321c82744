"""Forms for what an organiser says of a plan beside its frame: into a group, apart, together, paused."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from . import rules
from .people import ref_in, refs_in

MOST_TOGETHER = 100


class PersonField(forms.CharField):
    """Takes a ticket or a name; cleans to the ref. ``event`` is set by the form."""

    event = None

    def __init__(self, *, label, options="entremise-people"):
        super().__init__(label=label, max_length=300)
        self.widget.attrs.update({"list": options, "autocomplete": "off"})

    def clean(self, value):
        """Return who is meant."""
        return ref_in(super().clean(value), self.event)


class PeopleField(forms.CharField):
    """Takes one person a line; cleans to their refs. ``event`` is set by the form."""

    event = None
    widget = forms.Textarea

    def __init__(self, *, label, least=0, **more):
        super().__init__(label=label, max_length=20_000, **more)
        self.least = least
        self.widget.attrs["rows"] = 3

    def clean(self, value):
        """Return who is meant, each once."""
        found = list(dict.fromkeys(refs_in(super().clean(value), self.event)))
        if len(found) < self.least:
            raise ValidationError(
                _("Name at least %(least)s different people."), params={"least": self.least}
            )
        return found


def styled(form):
    """Give a form's fields the looks of pretix's own."""
    for field in form.fields.values():
        if not isinstance(field.widget, forms.CheckboxInput):
            field.widget.attrs["class"] = "form-control"


class RuleForm(forms.Form):
    """One wish. ``kind`` is what the page's form sends as ``do``; ``change`` returns the brief with the wish in it."""

    kind = ""

    def __init__(self, event, plan, *args, **kwargs):
        super().__init__(*args, auto_id=f"{self.kind}_%s", **kwargs)
        for field in self.fields.values():
            if isinstance(field, (PersonField, PeopleField)):
                field.event = event
        styled(self)

    def change(self, brief):
        """Return the brief with this wish."""
        raise NotImplementedError


class PinForm(RuleForm):
    """Put somebody into a group."""

    kind = "pin"
    person = PersonField(label=_("Person"))
    group = forms.ChoiceField(label=_("Group"))

    def __init__(self, event, plan, *args, groups=(), **kwargs):
        super().__init__(event, plan, *args, **kwargs)
        if plan["feature"] == "mentorship":
            # A mentor whom the draft gives nobody is in no group yet, and may be named all the same.
            self.fields["group"] = PersonField(label=_("Mentor"))
            self.fields["group"].event = event
        else:
            self.fields["group"].choices = [("", _("Choose …")), *groups]
        styled(self)

    def change(self, brief):
        """Return the brief with this wish."""
        return rules.with_pin(brief, self.cleaned_data["person"], self.cleaned_data["group"])


class ApartForm(RuleForm):
    """Keep two people out of one group."""

    kind = "apart"
    one = PersonField(label=_("Person"))
    other = PersonField(label=_("Other person"))

    def clean(self):
        """Refuse somebody beside themselves."""
        found = super().clean()
        if found.get("one") and found.get("one") == found.get("other"):
            self.add_error("other", _("Name two different people."))
        return found

    def change(self, brief):
        """Return the brief with this wish."""
        return rules.with_apart(brief, self.cleaned_data["one"], self.cleaned_data["other"])


class TogetherForm(RuleForm):
    """Keep people in one group."""

    kind = "together"
    people = PeopleField(label=_("People, one a line"), least=2)

    def change(self, brief):
        """Return the brief with this wish."""
        return rules.with_together(brief, self.cleaned_data["people"][:MOST_TOGETHER])


class PauseForm(RuleForm):
    """Give somebody no new place for now."""

    kind = "pause"
    person = PersonField(label=_("Person"))

    def change(self, brief):
        """Return the brief with this wish."""
        return rules.with_pause(brief, self.cleaned_data["person"])


KINDS = {form.kind: form for form in (PinForm, ApartForm, TogetherForm, PauseForm)}
