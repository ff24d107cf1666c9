"""SQL is source: statements live in `.sql` files beside their stage, each named, with its parameters and its reason.

-- name: claim_due(owner, seconds)
-- One push that is due and nobody holds. …
SELECT …  WHERE lease_owner = :owner

sql = load(__package__, "pushes.sql")
await connection.execute(sql.claim_due, {"owner": …, "seconds": …})
"""

from __future__ import annotations

import logging
from importlib import resources

import aiosql

# It advises an operator for every statement that is not a SELECT; we take the text and run it ourselves.
logging.getLogger("aiosql").setLevel(logging.ERROR)


class Statements:
    """The statements of one file, by name, as bytes ready for psycopg (`:name` became `%(name)s`)."""

    def __init__(self, texts: dict[str, bytes]) -> None:
        self._texts = texts

    def __getattr__(self, name: str) -> bytes:
        try:
            return self._texts[name]
        except KeyError:
            raise AttributeError(f"no statement {name!r}; there are {', '.join(sorted(self._texts))}") from None


def load(package: str, file: str) -> Statements:
    text = resources.files(package).joinpath(file).read_text("utf-8")
    # A percent sign is a percent sign in the file, so that a statement can be tried in psql as it stands.
    queries = aiosql.from_str(text.replace("%", "%%"), "psycopg", mandatory_parameters=False)
    names = [name for name in queries.available_queries if not name.endswith("_cursor")]
    return Statements({name: getattr(queries, name).sql.encode() for name in names})
