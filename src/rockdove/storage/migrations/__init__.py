"""Brings a database to the schema this version of the product needs.

The files of this folder are applied in the order of their numbers, each once, all in one transaction under an advisory
lock: any number of servers may start at the same time, and a failed file leaves the schema as it was.
"""

from __future__ import annotations

from importlib import resources

from psycopg import AsyncConnection

from rockdove.observe import log

_LOCK = 0x726F636B_646F7665  # "rockdove": one key, used for nothing else


class NewerSchemaError(RuntimeError):
    """The database was already migrated by a newer version of the product."""


def files() -> dict[int, str]:
    """Number to SQL text of every migration."""
    entries = (entry for entry in resources.files(__package__).iterdir() if entry.name.endswith(".sql"))
    return {int(entry.name.split("_")[0]): entry.read_text("utf-8") for entry in sorted(entries, key=lambda e: e.name)}


async def migrate(url: str) -> list[int]:
    """Apply what is missing; give the numbers applied. Raises NewerSchemaError, or what PostgreSQL says of a file."""
    wanted = files()
    async with await AsyncConnection.connect(url) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations"
            " (number integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        rows = await (await connection.execute("SELECT number FROM schema_migrations")).fetchall()
        applied = {number for (number,) in rows}
        if unknown := applied - wanted.keys():
            raise NewerSchemaError(
                f"the database has migration {max(unknown)}, this version ends at {max(wanted, default=0)}:"
                " start the version that was used last, or a newer one"
            )
        missing = sorted(wanted.keys() - applied)
        for number in missing:
            await connection.execute(wanted[number].encode())
            await connection.execute("INSERT INTO schema_migrations (number) VALUES (%s)", (number,))
            log.info("schema migrated", number=number)
    return missing
