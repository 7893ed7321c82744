"""The registration form: its fields, and reading what was sent. Every consent starts as a no."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

LISTS = ("interests", "offers", "needs")
FIELDS = ("name", "organisation", "title", "languages", "seniority", *LISTS, "mentoring")
SPOKEN = ("fr", "en", "de", "es")
MOST = 300


def read(sent: MultiDict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the answers, and the problem of each field that has one (a key of ``words``)."""
    form: dict[str, Any] = {
        name: sent.get(name, "").strip()[:MOST] for name in ("name", "organisation", "title")
    }
    form["languages"] = [code for code in sent.getlist("languages") if code in SPOKEN]
    level = sent.get("seniority", "")
    form["seniority"] = int(level) if level in {"0", "1", "2", "3", "4", "5"} else None
    for name in LISTS:
        parts = (part.strip()[:MOST] for part in sent.get(name, "").replace("\n", ",").split(","))
        form[name] = [part for part in parts if part][:12]
    role = sent.get("mentoring", "none")
    form["mentoring"] = role if role in {"mentor", "mentee", "both"} else "none"
    for name in ("agree_matching", "agree_presence"):
        form[name] = sent.get(name) == "yes"
    problems = {}
    if not form["name"]:
        problems["name"] = "name_missing"
    if not form["languages"]:
        problems["languages"] = "languages_missing"
    return form, problems
