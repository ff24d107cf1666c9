"""Servers that behave as the push vendors' do, for tests and for trying a set-up out.

One file a vendor, over `server.py`. They need what the extra `fakes` brings.
"""

from __future__ import annotations

from importlib.util import find_spec

for _needed in ("h2", "trustme"):
    if find_spec(_needed) is None:
        raise ModuleNotFoundError(
            f"rockdove.testing.vendors needs the package {_needed}: pip install 'rockdove[fakes]'", name=_needed
        )
