"""The REST dialect of TPNS: `routes` puts its endpoints below /v3. Wire words live in this package and nowhere else."""

from __future__ import annotations

from rockdove.api.tpns.paths import TolerantPaths
from rockdove.api.tpns.routes import routes

__all__ = ["TolerantPaths", "routes"]
