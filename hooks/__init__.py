"""Everything that an adapter author imports.

A host adapter is a small object (``HostAdapter``) that a plugin registers through ``entremise_register_host``.
``docs/tutorial/your-first-host.md`` builds one in half an hour; ``hosts/generic`` is the worked example.
"""
