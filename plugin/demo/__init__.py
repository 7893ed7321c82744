"""A conference that never happened, replayed against a real entremise: ``entremise demo``."""
