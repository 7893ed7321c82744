"""How a made-up person fills in the questions that the extension's button has made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from form import SENIORITY
from real_pretix import RealPretix

from entremise.plugin.demo.conference import Person
from entremise.plugin.demo.lives import Message
from entremise.plugin.domain.model import PURPOSES

LINES = ("interests", "challenges", "goals", "offers", "needs")
SHIRT = "in size {size}, of organic cotton"
"""What people answer to a question that is none of the service's business."""
FEW = {"CONSENT", "INTERESTS", "NEEDS"}
"""Enough for suggestions; pretix takes long to import answers."""
WORDS = ("organisation", "title", "sector", "bio")


class RecommendedForm:
    """Turns profiles into answers to the questions that the event has now."""

    def __init__(self, pretix: RealPretix) -> None:
        self._known = {row["identifier"]: row for row in pretix.rows(f"{pretix.event}/questions/")}

    def answers(self, profile: Mapping[str, Any], shirt: str) -> list[dict[str, Any]]:
        """Return the answers as pretix's API takes them."""
        return [self._answer(identifier, value) for identifier, value in self.told(profile, shirt).items()]

    def cells(self, profile: Mapping[str, Any]) -> dict[str, str]:
        """Return the few answers that lead to suggestions as a row of a file to import: column → text."""
        return {
            f"question_{self._known[identifier]['id']}": value if isinstance(value, str) else ",".join(value)
            for identifier, value in self.told(profile, "").items()
            if identifier in FEW
        }

    def told(self, profile: Mapping[str, Any], shirt: str) -> dict[str, str | list[str]]:
        """Return what the person says, by identifier; whoever does not agree is asked nothing else."""
        consent, mentoring = profile["consent"], profile["mentoring"]
        told: dict[str, str | list[str] | None] = {
            "SHIRT": SHIRT.format(size=shirt), "CONSENT": str(consent["matching"])
        }  # fmt: skip
        if consent["matching"]:
            told |= {
                "CONSENT_GROUPS": str(consent["groups"]),
                "CONSENT_PRESENCE": str(consent["presence"]),
                **{name.upper(): "\n".join(profile.get(name, ())) for name in LINES},
                **{name.upper(): profile.get(name) for name in WORDS},
                "LANGUAGES": [language.upper() for language in profile["languages"]],
                "SENIORITY": [SENIORITY[profile["seniority"]]] if "seniority" in profile else None,
                "FIRST_TIME": str(profile["first_time"]) if "first_time" in profile else None,
                "MODE": [profile["mode"].upper()] if "mode" in profile else None,
                "MENTOR": str(mentoring["role"] in {"mentor", "both"}),
                "MENTEE": str(mentoring["role"] in {"mentee", "both"}),
                "VISIBLE": [name.upper() for name in profile["visible"]],
            }
            if mentoring["role"] in {"mentor", "both"}:
                told["MENTOR_CAPACITY"] = str(mentoring["capacity"])
        return {
            identifier: value for identifier, value in told.items() if value and identifier in self._known
        }

    def number(self, identifier: str) -> int:
        """Return pretix's own key of a question."""
        return int(self._known[identifier]["id"])

    def _answer(self, identifier: str, value: str | list[str]) -> dict[str, Any]:
        question = self._known[identifier]
        if isinstance(value, str):
            return {"question": question["id"], "answer": value, "options": []}
        chosen = [one["id"] for one in question["options"] if one["identifier"] in value]
        return {"question": question["id"], "answer": ", ".join(value), "options": chosen}


def as_asked(message: Message, person: Person) -> Message:
    """Return the message as this form can say it.

    One consent to being matched stands for three, and of several languages the one of the order comes first.
    """
    if message.data is None:
        return message
    said = message.data["consent"]
    agreed = {purpose: said["matching"] and said.get(purpose, False) for purpose in PURPOSES}
    languages = sorted(message.data["languages"], key=lambda language: language != person.main_language)
    agreed |= {"mentoring": said["matching"]} | dict.fromkeys(("follow_up", "memory", "learning"), False)
    return replace(
        message,
        data={
            **message.data,
            "languages": languages,
            "consent": agreed,
            "hidden_for_matching": said["matching"],
        },
    )
