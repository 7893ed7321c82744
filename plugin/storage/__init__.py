"""The truth in SQL (SQLite or PostgreSQL through the same code) and the bells in Redis."""
