"""A form drawn from the manifest: one field a setting, and one more to take it back where it is set for this event."""

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy as _

from . import board
from .fields import describe
from .manifest import BOOLEAN, CHOICE, CHOICES, NUMBER, SECRET, WHOLE, features_in

LONGEST_TEXT = 1000
TAKE_BACK = ".reset"

SOURCES = {
    "host_event": _("Set for this event."),
    "organisation": _("Set for your organisation."),
    "system": _("Set by whoever runs the service."),
    "default": "",
}
LOCKS = {
    "organisation": _("Locked for your whole organisation: it can be changed there only."),
    "system": _("Locked by whoever runs the service: only they can change it."),
}


@dataclass(frozen=True)
class Row:
    """One setting as it is drawn: the field, where its value comes from, and the way back."""

    setting: object
    field: object
    source: str
    locked: str
    reset: object | None
    default: str

    @property
    def is_box(self):
        """Whether it is one box to tick."""
        return self.setting.kind == BOOLEAN

    @property
    def is_several(self):
        """Whether it is several boxes to tick."""
        return self.setting.kind == CHOICES


@dataclass(frozen=True)
class Group:
    """One feature as it is drawn."""

    feature: object
    switch: Row | None
    rows: list
    wrong: bool


class SettingsForm(forms.Form):
    """Every setting of the manifest that can be set for one event."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, connection, language, **kwargs):
        super().__init__(*args, **kwargs)
        self.connection = connection
        self.features = features_in(connection.manifest, language)
        self.initial["seen"] = board.seen(connection)
        self._settings = {}
        self._held = {}
        for feature in self.features:
            for setting in (feature.switch, *feature.settings):
                if setting is not None:
                    self._add(setting)

    def _add(self, setting):
        held = board.held(self.connection, setting.key, setting.default)
        self._settings[setting.key], self._held[setting.key] = setting, held
        field = _field_of(setting)
        field.initial = held.value
        field.disabled = held.locked_by is not None
        self.fields[setting.key] = field
        if held.source == board.HERE and held.locked_by is None:
            self.fields[setting.key + TAKE_BACK] = forms.BooleanField(
                required=False, label=_("Back to the default")
            )

    def groups(self):
        """Return the features with their rows, to be drawn."""
        for feature in self.features:
            switch = self._row(feature.switch) if feature.switch else None
            rows = [self._row(setting) for setting in feature.settings]
            wrong = any(row.field.errors for row in rows)
            yield Group(feature, switch, rows, wrong)

    def _row(self, setting):
        held = self._held[setting.key]
        row = Row(
            setting=setting,
            field=self[setting.key],
            source=str(SOURCES.get(held.source, held.source)),
            locked=str(LOCKS.get(held.locked_by, held.locked_by)) if held.locked_by else "",
            reset=self[setting.key + TAKE_BACK] if setting.key + TAKE_BACK in self.fields else None,
            default=_default(setting),
        )
        describe(row.field, f"{row.field.auto_id}_source" if row.source or row.locked else "")
        return row

    def clean(self):
        """Refuse what was filled in over something that is not there any more; and secrets that would get lost."""
        found = super().clean()
        if found.get("seen") and found["seen"] != board.seen(self.connection):
            raise forms.ValidationError(
                _("Somebody else changed these settings since you opened the page. Look at them as they are now, and "
                  "save again."), code="stale",
            )  # fmt: skip
        for key, setting in self._settings.items():
            here = self._held[key].source == board.HERE
            if setting.kind == SECRET and here and not found.get(key) and not found.get(key + TAKE_BACK):
                self.add_error(
                    key, _("Enter it again, or take it back: the service never shows it, and saving replaces everything.")
                )  # fmt: skip
        return found

    def wanted(self):
        """Return all that is to be set for this event. What nobody touched stays with the scope that it comes from."""
        values = board.set_here(self.connection)
        for key, setting in self._settings.items():
            held = self._held[key]
            if held.locked_by is not None:
                continue
            given = _plain(setting, self.cleaned_data.get(key))
            if self.cleaned_data.get(key + TAKE_BACK) or given is None:
                values.pop(key, None)
            elif held.source == board.HERE or given != held.value:
                values[key] = given
        return values

    def changed_keys(self):
        """Return the keys that the form changes."""
        before, after = board.set_here(self.connection), self.wanted()
        return sorted(
            key
            for key in before.keys() | after.keys()
            if (key in before, before.get(key)) != (key in after, after.get(key))
        )

    def blame(self, key, message):
        """Show beside its field what the service said of a key that was saved earlier."""
        if key in self.fields:
            self.errors[key] = self.error_class([message])


def _field_of(setting):
    common = {"label": setting.label, "help_text": setting.help, "required": False}
    if setting.kind == BOOLEAN:
        return forms.BooleanField(**common)
    if setting.kind in (WHOLE, NUMBER):
        kind = forms.IntegerField if setting.kind == WHOLE else forms.FloatField
        widget = forms.NumberInput(attrs={"step": "1" if setting.kind == WHOLE else "any"})
        return kind(
            min_value=setting.minimum, max_value=setting.maximum, widget=widget, localize=False,
            **common | {"required": True},
        )  # fmt: skip
    if setting.kind == CHOICE:
        return forms.ChoiceField(choices=setting.choices, **common | {"required": True})
    if setting.kind == CHOICES:
        return forms.MultipleChoiceField(
            choices=setting.choices, widget=forms.CheckboxSelectMultiple, **common
        )
    if setting.kind == SECRET:
        return forms.CharField(
            max_length=LONGEST_TEXT,
            widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
            **common,
        )
    return forms.CharField(max_length=LONGEST_TEXT, **common)


def _plain(setting, value):
    """Return a value as JSON holds it; ``None`` where a secret was not given."""
    if setting.kind == SECRET:
        return value or None
    if setting.kind == NUMBER and isinstance(value, float) and value.is_integer():
        return int(value)
    return list(value) if setting.kind == CHOICES else value


def _default(setting):
    if setting.kind == BOOLEAN:
        return str(_("on") if setting.default else _("off"))
    return str(setting.shown(setting.default) if setting.shown(setting.default) is not None else "")
