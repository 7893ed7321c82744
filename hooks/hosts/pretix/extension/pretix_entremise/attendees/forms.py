"""What people say about each other, as it comes from a page."""

from django import forms

from ..held import VERDICTS


class AnswerForm(forms.Form):
    """One answer: about whom (by handle), and what."""

    person = forms.RegexField(r"^[0-9a-f]{24}$")
    verdict = forms.ChoiceField(choices=[(verdict, verdict) for verdict in VERDICTS])
