"""The devices of one question to the database."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from pyroaring import BitMap

Devices: TypeAlias = dict[int, BitMap]
"""Device ids by application."""


def pairs(devices: Devices) -> dict[str, list[int]]:
    """Parallel lists of application and device, for `unnest`."""
    counts = [len(asking) for asking in devices.values()]
    return {
        "access_ids": np.repeat(list(devices), counts).tolist(),
        "device_ids": [device_id for asking in devices.values() for device_id in asking],
    }
