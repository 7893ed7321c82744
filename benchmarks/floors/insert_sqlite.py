"""Floor: inserts the inbox rows into SQLite by its own driver, 500 a commit.

``python -m benchmarks.floors.insert_sqlite FILE MESSAGES`` prints {"messages", "seconds"}. The table has the inbox's
columns, unique key and index, the connection the inbox's durability.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time

from benchmarks.inbox_rows import COLUMNS, SQLITE_PRAGMAS, SQLITE_TABLE, rows

BATCH = 500


def main() -> None:
    path, messages = sys.argv[1], int(sys.argv[2])
    prepared = list(rows(messages))
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)
    connection.executescript(SQLITE_TABLE)
    statement = f"INSERT INTO inbox ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"
    began = time.perf_counter()
    for start in range(0, messages, BATCH):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, prepared[start : start + BATCH])
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    print(json.dumps({"messages": messages, "seconds": seconds}))


if __name__ == "__main__":
    main()
