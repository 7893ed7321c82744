"""The core of entremise: domain, engine, services, storage, web pages and commands."""
