"""The web door: things that are pushed to us, over HTTP.

``create_app(container)`` is a service of its own; ``blueprint(container)`` is mounted by a Python host in its own
process. Both are the same routes.
"""

from .app import blueprint, create_app

__all__ = ["blueprint", "create_app"]
