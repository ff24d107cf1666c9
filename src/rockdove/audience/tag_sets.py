"""Custom tags as sets: for each tag the roaring bitmap of the devices that carry it."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl
from pyroaring import BitMap

from rockdove.audience.bitmaps import of_ids


class TagSets(NamedTuple):
    """Serialised sets by tag id, all devices of the application; those in `changed` are looked up in `newer`
    instead."""

    sets: dict[int, bytes]
    changed: BitMap
    newer: dict[int, bytes]

    def devices(self, tag_id: int) -> BitMap:
        return (_set(self.sets, tag_id) - self.changed) | _set(self.newer, tag_id)

    def merged(self) -> dict[int, bytes]:
        """The newer rows taken over, for the next snapshot. Tags nobody carries any more are left out."""
        merged = {tag_id: self.devices(tag_id) for tag_id in self.sets.keys() | self.newer.keys()}
        return {tag_id: devices.serialize() for tag_id, devices in merged.items() if devices}


def sets_of(rows: pl.DataFrame) -> dict[int, bytes]:
    """From a reading's tags (device_id, tag_ids)."""
    pairs = rows.explode("tag_ids").drop_nulls("tag_ids")
    keys = (pairs["tag_ids"].to_numpy().astype(np.uint64) << np.uint64(32)) | pairs["device_id"].to_numpy().astype(
        np.uint64
    )
    keys.sort()
    tags, devices = (keys >> np.uint64(32)).astype(np.int64), keys.astype(np.uint32)
    bounds = np.flatnonzero(np.diff(tags, prepend=-1, append=-1)) if len(keys) else ()
    return {int(tags[first]): of_ids(devices[first:last]).serialize() for first, last in pairwise(bounds)}


def _set(sets: dict[int, bytes], tag_id: int) -> BitMap:
    return BitMap.deserialize(sets[tag_id]) if tag_id in sets else BitMap()
