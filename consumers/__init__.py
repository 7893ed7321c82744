"""Doors that pull: Kafka, files, and an in-memory twin, behind one ``MessageSource``."""
