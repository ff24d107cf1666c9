"""The key that secrets in the database are sealed with, of a server that was given none."""

from __future__ import annotations

import secrets
from pathlib import Path

from rockdove.engines.data_folder import write_atomically

KEY_BYTES = 32


def load_or_create(file: Path) -> str:
    """64 hexadecimal digits, made once: who loses them has to enter the credentials of every channel again."""
    if not file.exists():
        write_atomically(file, secrets.token_hex(KEY_BYTES).encode(), 0o600)
    return file.read_text("ascii").strip()
