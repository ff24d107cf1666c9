"""What can go wrong with the engines.

    EngineError
    ├── DataFolderError   the folder can't be used: permissions, already in use, another version's data
    ├── EngineStartError  a process did not come up; the text ends with the tail of its log
    └── CredentialError   a seed or a token that is not what it should be

Settings at fault are `rockdove.config.ConfigError`, which names the setting.
"""

from __future__ import annotations


class EngineError(RuntimeError):
    """An engine can't be run; the text says why and what to do."""


class DataFolderError(EngineError):
    """The data folder can't be used; the text says why and what to do."""


class EngineStartError(EngineError):
    """An engine did not come up; the text ends with the tail of its log."""


class CredentialError(ValueError):
    """A seed or a token is not what it should be."""
