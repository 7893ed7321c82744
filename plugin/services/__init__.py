"""Use cases. They speak to the world through ``ports`` and never import storage."""
