"""Tells pretix what this plugin is, and what happens when an event switches it on or off."""

from django.utils.translation import gettext_lazy as _

try:
    from pretix.base.plugins import PluginConfig
except ImportError as error:
    raise RuntimeError(
        "pretix-entremise runs inside pretix: install it in pretix's own environment"
    ) from error

from . import __version__


class PluginApp(PluginConfig):
    """The Django application."""

    default = True
    name = "pretix_entremise"
    verbose_name = "entremise"
    default_auto_field = "django.db.models.BigAutoField"

    class PretixPluginMeta:
        """What pretix shows in its list of plugins."""

        name = "entremise"
        author = "entremise"
        version = __version__
        category = "FEATURE"
        visible = True
        description = _(
            "Introduces people to each other at your event: whom to meet and why, mentors, circles, "
            "tables and meetings, on the page of each ticket. For those who agreed to it."
        )
        compatibility = "pretix>=2026.3.0"
        settings_links = [
            ((_("Settings"), "entremise"), "plugins:pretix_entremise:settings", {}),
        ]
        navigation_links = [
            ((_("Introductions"),), "plugins:pretix_entremise:people", {}),
        ]

    def ready(self):
        """Connect the receivers."""
        from . import signals  # noqa: F401

    def installed(self, event):
        """Go on where a switched-off connection stopped."""
        from .lifecycle import switched_on

        switched_on(event)

    def uninstalled(self, event):
        """Take back what is shown, and have the service stop."""
        from .lifecycle import switched_off

        switched_off(event)
