"""What the commands on files do, with no service: read, run the engine, write."""
