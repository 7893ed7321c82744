"""A form of what every question of the event says, and of what else decides who is sent, and how."""

import json
from dataclasses import dataclass, replace

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from pretix.base.models import Question

from ..questions import (
    CONFIRMED,
    ITEMS,
    LINK_QUESTION,
    PENDING,
    QUESTIONS,
    SHOWN,
    TAG_LANGUAGE,
    TARGETS,
    VISIBLE,
    default_targets,
)
from ..suggesting import fitting, suggest
from . import words
from .fields import describe


@dataclass(frozen=True)
class Row:
    """One question as it is drawn: what it says now, and what it might."""

    question: Question
    field: object
    says: list
    suggested: list

    @property
    def where(self):
        """Return the id of what the boxes of the question stand in."""
        return f"entremise-question-{self.question.pk}"


class MappingForm(forms.Form):
    """The organiser's choices. Says the same as nobody having chosen: nothing is kept of that."""

    visible = forms.MultipleChoiceField(
        label=_("Answers that others may read"),
        help_text=_("Only what your form says that others will read. It holds for everybody who did not choose for "
                    "themselves; where a question asks which answers others may read, leave this empty."),
        choices=[(name, words.TARGETS[name]) for name in SHOWN],
        widget=forms.CheckboxSelectMultiple, required=False,
    )  # fmt: skip
    items = forms.MultipleChoiceField(
        label=_("Products whose tickets count"),
        help_text=_("If none is ticked, all count. Add-ons never do."),
        widget=forms.CheckboxSelectMultiple, required=False,
    )  # fmt: skip
    pending_counts = forms.BooleanField(
        label=_("Orders that are not paid yet count, too"),
        help_text=_("Otherwise attendees are sent when their order is paid."), required=False,
    )  # fmt: skip
    tag_language = forms.ChoiceField(
        label=_("Language of choices"),
        help_text=_("The texts of options become tags in this language for everybody, so that those who ordered in "
                    "another one have the same tags."),
    )  # fmt: skip

    def __init__(self, *args, event, mapping, **kwargs):
        super().__init__(*args, **kwargs)
        self.event, self.before = event, mapping
        self.questions = [one for one in event.questions.all() if _readable(one)]
        for question in self.questions:
            now = mapping.targets_for(question.identifier)
            self.fields[_name(question)] = forms.MultipleChoiceField(
                label=str(question.question), choices=_choices(question, now), initial=now,
                widget=forms.CheckboxSelectMultiple, required=False,
            )  # fmt: skip
        self.fields["visible"].initial = mapping.visible
        self.fields["items"].choices = [(str(item.pk), str(item.name)) for item in event.items.all()]
        self.fields["items"].initial = [str(item) for item in mapping.items]
        self.fields["pending_counts"].initial = mapping.pending_counts
        languages = dict.fromkeys([*event.settings.locales, "en", mapping.tag_language])
        named = dict(settings.LANGUAGES)
        self.fields["tag_language"].choices = [(code, named.get(code, code)) for code in languages]
        self.fields["tag_language"].initial = mapping.tag_language
        for field in self:
            describe(field)

    def rows(self):
        """Return the questions, to be drawn."""
        for question in self.questions:
            field = self[_name(question)]
            says = field.value() or ()
            suggested = [] if says else suggest(question.identifier, question.question, question.type)
            yield Row(
                question, field,
                [words.TARGETS[one] for one in TARGETS if one in says], [words.TARGETS[one] for one in suggested],
            )  # fmt: skip

    def mapping(self):
        """Return what was chosen. Choices about questions that are not there now are kept."""
        given = self.cleaned_data
        here = {question.identifier.casefold() for question in self.questions}
        chosen = {key: value for key, value in self.before.chosen.items() if key.casefold() not in here}
        for question in self.questions:
            picked = tuple(one for one in TARGETS if one in given[_name(question)])
            if set(picked) != set(default_targets(question.identifier)):
                chosen[question.identifier] = picked
        return replace(
            self.before,
            chosen=chosen,
            visible=tuple(name for name in SHOWN if name in given["visible"]),
            tag_language=given["tag_language"],
            items=frozenset(int(item) for item in given["items"]),
            pending_counts=given["pending_counts"],
        )


def save(event, mapping):
    """Keep the choices in the event's settings; they are copied with it. From now on they count."""
    event.settings.set(CONFIRMED, True)
    event.settings.set(
        QUESTIONS, json.dumps({key: list(value) for key, value in sorted(mapping.chosen.items())})
    )
    event.settings.set(VISIBLE, json.dumps(list(mapping.visible)))
    event.settings.set(ITEMS, json.dumps(sorted(mapping.items)))
    event.settings.set(PENDING, mapping.pending_counts)
    event.settings.set(TAG_LANGUAGE, mapping.tag_language)


def differences(before, after):
    """Return what changed, in words for the log: identifiers of questions, and names of settings."""
    found = sorted(
        key
        for key in before.chosen.keys() | after.chosen.keys()
        if before.chosen.get(key) != after.chosen.get(key)
    )
    return found + [
        name for name in ("visible", "tag_language", "items", "pending_counts")
        if getattr(before, name) != getattr(after, name)
    ]  # fmt: skip


def with_suggestion(data, event, number):
    """Return posted choices with the suggestion for one question ticked; nothing is saved by that."""
    found = data.copy()
    question = event.questions.filter(pk=number).first() if number.isascii() and number.isdigit() else None
    if question is not None:
        found.setlist(_name(question), list(suggest(question.identifier, question.question, question.type)))
    return found


def _readable(question):
    """Whether a ticket may answer it, with something that can be read."""
    asked_of_tickets = getattr(question, "container_type", "P") == "P"
    ours = question.identifier.casefold() == LINK_QUESTION.casefold()
    return asked_of_tickets and question.type != Question.TYPE_FILE and not ours


def _choices(question, now):
    return [(one, words.TARGETS[one]) for one in TARGETS if question.type in fitting(one) or one in now]


def _name(question):
    return f"question-{question.pk}"
