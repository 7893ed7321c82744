"""The service's manifest as far as a settings page draws it. Read with care: it comes from elsewhere, and may be newer."""

from dataclasses import dataclass

BOOLEAN, WHOLE, NUMBER, TEXT, SECRET, CHOICE, CHOICES = (
    "boolean", "integer", "number", "string", "secret", "choice", "choices",
)  # fmt: skip
SCOPE = "host_event"


@dataclass(frozen=True)
class Setting:
    """One setting that can be drawn: ``kind`` is one of the above, ``choices`` are (value, label)."""

    key: str
    kind: str
    label: str
    help: str
    default: object
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple = ()

    def shown(self, value):
        """Return a value of this setting as people read it; ``None`` where the kind has no words for it."""
        labels = dict(self.choices)
        if self.kind == CHOICE:
            return labels.get(value, value)
        if self.kind == CHOICES:
            return ", ".join(str(labels.get(one, one)) for one in value or ())
        return None if self.kind in (BOOLEAN, SECRET) else value


@dataclass(frozen=True)
class Feature:
    """One feature: its switch, the settings beneath it, and the names of those that this page cannot draw."""

    key: str
    switch: Setting | None
    settings: tuple
    skipped: tuple


def features_in(document, language):
    """Return every feature that has something to set for one event, with texts in the language, else English."""
    found = []
    for key, data in _items(document, "features"):
        label, help_text = _said(data.get("label"), language) or key, _said(data.get("help"), language)
        switch = None
        if SCOPE in _listed(data.get("scopes")):
            switch = Setting(f"{key}.enabled", BOOLEAN, label, help_text, data.get("default") is True)
        drawn, skipped = [], []
        for name, schema in _items(data, "settings"):
            if SCOPE not in _listed(schema.get("scopes")):
                continue
            setting = _setting(f"{key}.{name}", schema, language)
            if setting is None:
                skipped.append(_said(schema.get("label"), language) or name)
            else:
                drawn.append(setting)
        if switch or drawn or skipped:
            found.append(Feature(key, switch, tuple(drawn), tuple(skipped)))
    return found


def _setting(key, schema, language):
    kind = _kind(schema)
    if kind is None:
        return None
    labels = schema.get("labels") if isinstance(schema.get("labels"), dict) else {}
    return Setting(
        key=key,
        kind=kind,
        label=_said(schema.get("label"), language) or key,
        help=_said(schema.get("help"), language),
        default=schema.get("default"),
        minimum=_number(schema.get("minimum")),
        maximum=_number(schema.get("maximum")),
        choices=tuple(
            (value, _said(labels.get(value), language) or value) for value in _listed(schema.get("enum"))
        ),
    )


def _kind(schema):
    """Return how the setting is drawn; ``None`` for a kind that this page does not know."""
    choices = _listed(schema.get("enum"))
    if any(not isinstance(value, str) for value in choices):
        return None
    match schema.get("type"), bool(choices):
        case ("boolean", False):
            return BOOLEAN
        case ("integer", False):
            return WHOLE
        case ("number", False):
            return NUMBER
        case ("string", True):
            return CHOICE
        case ("string", False):
            return SECRET if schema.get("secret") else TEXT
        case ("array", True):
            return CHOICES
    return None


def _items(document, name):
    inside = document.get(name) if isinstance(document, dict) else None
    if not isinstance(inside, dict):
        return []
    return [(str(key), value) for key, value in inside.items() if isinstance(value, dict)]


def _listed(value):
    return value if isinstance(value, list) else []


def _number(value):
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _said(texts, language):
    if not isinstance(texts, dict):
        return str(texts or "")
    return str(texts.get(language) or texts.get("en") or next(iter(texts.values()), ""))
