"""The text encoders that come with entremise: one folder each; the operator chooses which one answers."""
