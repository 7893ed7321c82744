"""A manifest with every kind of setting, and what the service answers about the settings of one event."""

EVERYWHERE = ["system", "organisation", "host_event"]


def said(english, french):
    return {"en": english, "fr": french}


MANIFEST = {
    "manifest": 1,
    "features": {
        "connections": {
            "label": said("Suggested connections", "Rencontres suggérées"),
            "help": said("A list of people to meet.", "Une liste de personnes à rencontrer."),
            "default": True,
            "scopes": EVERYWHERE,
            "settings": {
                "list_length": {
                    "type": "integer", "minimum": 1, "maximum": 20, "default": 10, "scopes": EVERYWHERE,
                    "label": said("People per list", "Personnes par liste"), "help": said("At most.", "Au plus."),
                },
                "weight": {
                    "type": "number", "minimum": 0, "maximum": 3, "default": 1, "scopes": EVERYWHERE,
                    "label": said("Weight", "Poids"), "help": said("How much.", "Combien."),
                },
                "here_now": {
                    "type": "boolean", "default": True, "scopes": EVERYWHERE,
                    "label": said("Here now", "Sur place"), "help": said("Who is here.", "Qui est là."),
                },
                "colleagues": {
                    "type": "string", "enum": ["avoid", "allow"], "default": "avoid", "scopes": EVERYWHERE,
                    "labels": {"avoid": said("Avoid", "Éviter"), "allow": said("Allow", "Autoriser")},
                    "label": said("Colleagues", "Collègues"), "help": said("Or not.", "Ou pas."),
                },
                "days": {
                    "type": "array", "enum": ["mon", "tue"], "default": ["mon"], "scopes": EVERYWHERE,
                    "labels": {"mon": said("Monday", "Lundi"), "tue": said("Tuesday", "Mardi")},
                    "label": said("Days", "Jours"), "help": said("Which.", "Lesquels."),
                },
                "key": {
                    "type": "string", "secret": True, "default": "", "scopes": EVERYWHERE,
                    "label": said("Key", "Clé"), "help": said("Secret.", "Secret."),
                },
                "greeting": {
                    "type": "string", "default": "Hi", "scopes": EVERYWHERE,
                    "label": said("Greeting", "Salutation"), "help": said("Any.", "Libre."),
                },
                "everywhere": {
                    "type": "boolean", "default": True, "scopes": ["system"],
                    "label": said("For operators", "Pour l’exploitation"), "help": said("No.", "Non."),
                },
                "palette": {
                    "type": "colour", "default": "#fff", "scopes": EVERYWHERE,
                    "label": said("Palette", "Palette"), "help": said("New.", "Nouveau."),
                },
            },
        },
        "peers": {
            "label": said("Peers", "Pairs"), "help": said("Alike.", "Semblables."), "default": False,
            "scopes": EVERYWHERE, "settings": {},
        },
    },
}  # fmt: skip

DEFAULTS = {
    "connections.enabled": True, "connections.list_length": 10, "connections.weight": 1, "connections.here_now": True,
    "connections.colleagues": "avoid", "connections.days": ["mon"], "connections.key": None,
    "connections.greeting": "Hi", "connections.everywhere": True, "connections.palette": "#fff", "peers.enabled": False,
}  # fmt: skip

SHOWN = {
    "connections.enabled": "on", "connections.list_length": "10", "connections.weight": "1",
    "connections.here_now": "on", "connections.colleagues": "avoid", "connections.days": ["mon"],
    "connections.greeting": "Hi",
}  # fmt: skip
"""What a browser posts when nobody touched anything."""


def board_of(values=(), **others):
    """Return what the service answers: ``others`` are keys with (value, source, locked_by)."""
    found = {key: {"value": value, "source": "default", "locked_by": None} for key, value in DEFAULTS.items()}
    for key, value in dict(values).items():
        found[key] |= {"value": value, "source": "host_event"}
    for key, (value, source, locked) in others.items():
        found[key] = {"value": value, "source": source, "locked_by": locked}
    shown = {key: value for key, value in dict(values).items() if key != "connections.key"}
    return {
        "scope": "host_event",
        "ref": "summit",
        "version": 3,
        "values": shown,
        "locked": [],
        "effective": found,
    }
