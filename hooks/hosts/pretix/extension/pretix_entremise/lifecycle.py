"""What happens to a connection when the plugin is switched on or off, and when an event is copied or deleted."""


def switched_on(event):
    """Go on where the connection stopped."""


def switched_off(event):
    """Take back what is shown, and have the service stop."""
