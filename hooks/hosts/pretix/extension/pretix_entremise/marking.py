"""Notes in the outbox that something changed."""
