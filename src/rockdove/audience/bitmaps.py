"""Between numpy and roaring."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap


def of_ids(ascending: npt.NDArray[Any]) -> BitMap:
    """A set of ascending device ids. By way of an array: 20 ms for 2.7 M where the plain constructor takes 195 ms."""
    return BitMap(array("I", ascending.astype(np.uint32).tobytes()))


def of_mask(mask: npt.NDArray[np.bool_]) -> BitMap:
    """The device ids at which `mask` is true."""
    return of_ids(np.flatnonzero(mask))


def to_ids(devices: BitMap) -> npt.NDArray[np.uint32]:
    return np.frombuffer(devices.to_array(), np.uint32)
