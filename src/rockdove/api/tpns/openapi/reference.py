"""docs/reference, as far as it is made from the code; `./dev reference` writes it."""

from __future__ import annotations

import re
from pathlib import Path

from rockdove.api.tpns.errors import RefusedError, ServiceError, TpnsError
from rockdove.api.tpns.openapi.document import PREFIX, all_errors, all_operations, document
from rockdove.api.tpns.openapi.operation import ANYWHERE
from rockdove.api.tpns.openapi.serving import as_json
from rockdove.config import Settings


def write(folder: Path) -> None:
    """The document, and the tables in rest.md, whose text is written by hand."""
    (folder / "openapi.json").write_bytes(published())
    guide = folder / "rest.md"
    guide.write_text(with_tables(guide.read_text("utf-8")), "utf-8")


def published() -> bytes:
    """The document of a server with nothing configured."""
    return as_json(document(Settings()))


def with_tables(text: str) -> str:
    """The text with what stands between `<!-- name -->` and `<!-- /name -->` made anew."""
    for name, table in {"endpoints": endpoints_table(), "codes": codes_table()}.items():
        between = re.compile(rf"(?<=<!-- {name} -->\n).*(?=<!-- /{name} -->)", re.DOTALL)
        if not between.search(text):
            raise ValueError(f"rest.md has no place for the table {name}")
        text = between.sub(lambda _, table=table: table, text)  # type: ignore[misc]
    return text


def endpoints_table() -> str:
    rows = ["| POST | |", "|---|---|"]
    for operation in all_operations(Settings()):
        meaning = operation.description if operation.alias_of else operation.title
        rows.append(f"| `{PREFIX}{operation.path}` | {meaning.rstrip('.')} |")
    return "\n".join(rows) + "\n"


def codes_table() -> str:
    rows = ["| Code | Text | Chinese | HTTP | From |", "|---|---|---|---|---|", "| 0 | NO_ERROR | | 200 | success |"]
    for code, error in all_errors().items():
        rows.append(f"| {code} | {error.__doc__} | {error.zh} | {_status(error)} | {_where(error)} |")
    return "\n".join(rows) + "\n"


def _status(error: type[TpnsError]) -> str:
    if issubclass(error, ServiceError):
        return "500, 503"
    return str(Settings().http.auth_failure_status) if issubclass(error, RefusedError) else "200"


def _where(error: type[TpnsError]) -> str:
    if error in ANYWHERE or issubclass(error, ServiceError | RefusedError):
        return "anywhere"
    operations = [one for one in all_operations(Settings()) if error in one.errors and not one.alias_of]
    return ", ".join(f"`{operation.path.rpartition('/')[2]}`" for operation in operations) or "`result` of a batch"
