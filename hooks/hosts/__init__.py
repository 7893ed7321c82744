"""The hosts that come with entremise: one folder each, nothing outside a folder knows it."""
