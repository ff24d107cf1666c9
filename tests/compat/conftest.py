"""The dialect's server, as the tests of api/tpns have it."""

from __future__ import annotations

from tests.api.tpns.conftest import client, context, package_folder, packages, parsers, settings

__all__ = ["client", "context", "package_folder", "packages", "parsers", "settings"]
