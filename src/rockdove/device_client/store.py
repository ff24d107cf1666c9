"""Where a device keeps its state: anything that keeps a text over restarts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol


class Store(Protocol):
    """The text holds the device's secret: keep it where a password would be kept."""

    def load(self) -> str | None:
        """What was saved last; None at first."""

    def save(self, text: str) -> None:
        """Returns when it is kept."""


class MemoryStore:
    """Forgets: a new device at each start."""

    def __init__(self) -> None:
        self.text: str | None = None

    def load(self) -> str | None:
        return self.text

    def save(self, text: str) -> None:
        self.text = text


class FileStore:
    """A JSON file that only its owner may read; replaced as a whole, so that a crash leaves the old or the new one."""

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)

    def load(self) -> str | None:
        try:
            return self._path.read_text("utf-8")
        except FileNotFoundError:
            return None

    def save(self, text: str) -> None:
        new = self._path.with_name(f"{self._path.name}.new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        new.replace(self._path)
