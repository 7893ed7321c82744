"""Floor: inserts the inbox rows into PostgreSQL by its own driver, 500 a commit, ``synchronous_commit=on``.

``python -m benchmarks.floors.insert_postgresql URL MESSAGES`` prints {"messages", "seconds"}. The table has the
inbox's columns, unique key and index. One INSERT of 500 rows, its values as arrays: of the INSERT forms that the
driver has, the fastest that was found.
"""

from __future__ import annotations

import json
import sys
import time

import psycopg

from benchmarks.inbox_rows import COLUMNS, POSTGRESQL_TABLE, rows

BATCH = 500
STATEMENT = (
    f"INSERT INTO inbox ({COLUMNS})"
    " SELECT * FROM unnest(%b::text[], %b::bytea[], %b::text[], %b::bytea[], %b::bytea[], %b::float8[])"
)


def main() -> None:
    url, messages = sys.argv[1], int(sys.argv[2])
    prepared = list(rows(messages))
    with psycopg.connect(url) as connection:
        connection.execute("SET synchronous_commit = on")
        connection.execute(POSTGRESQL_TABLE)
        connection.commit()
        began = time.perf_counter()
        for start in range(0, messages, BATCH):
            columns = [list(column) for column in zip(*prepared[start : start + BATCH], strict=True)]
            connection.execute(STATEMENT, columns)
            connection.commit()
        seconds = time.perf_counter() - began
    print(json.dumps({"messages": messages, "seconds": seconds}))


if __name__ == "__main__":
    main()
