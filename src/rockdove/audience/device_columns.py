"""The columns of an application's devices, as arrays with one element for every device id.

Device ids are dense and never reused, so the id is the position, and "registered and seen within 90 days and of this
package name" is arithmetic on whole columns: 5 M devices take milliseconds. Text columns are numbers with a list of
values beside them. (A roaring bitmap for each value was the first idea; a column answers the same questions, needs no
maintenance per value, and is turned into a set where one is wanted.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rockdove.audience.reading import ATTRIBUTES

Flags = npt.NDArray[np.bool_]

REGISTERED, NOTIFICATIONS, PRODUCT, EXISTS = 1, 2, 4, 8
_FLAGS = {"registered": REGISTERED, "notifications": NOTIFICATIONS, "product": PRODUCT}


class DeviceColumns(NamedTuple):
    """`flags` (bits above; 0: no such device), `last_seen` (days since 1970), and for each attribute the number of its
    value in `values[attribute]`.
    """

    flags: npt.NDArray[np.uint8]
    last_seen: npt.NDArray[np.int32]
    numbers: dict[str, npt.NDArray[Any]]
    values: dict[str, list[str]]

    def has(self, flag: int) -> Flags:
        return (self.flags & flag).astype(np.bool_)

    def seen_since(self, day: int) -> Flags:
        return self.last_seen >= day

    def equals(self, attribute: str, value: str) -> Flags:
        """Brands compare without regard to case, everything else exactly."""
        folded = str.lower if attribute == "brand" else str
        wanted = [number for number, text in enumerate(self.values[attribute]) if folded(text) == folded(value)]
        return np.isin(self.numbers[attribute], wanted) & self.has(EXISTS)


class DeviceRows(NamedTuple):
    """Some devices: `columns` have one element for each of `ids`."""

    ids: npt.NDArray[np.int64]
    columns: DeviceColumns

    @property
    def size(self) -> int:
        """One more than the largest id."""
        return int(self.ids.max(initial=-1)) + 1


class Devices(NamedTuple):
    """All devices of an application (`columns`, position = id), some of them replaced by newer rows."""

    columns: DeviceColumns
    changed: DeviceRows

    @property
    def size(self) -> int:
        return max(len(self.columns.flags), self.changed.size)

    def ask(self, question: Callable[[DeviceColumns], Flags]) -> Flags:
        """The answer for every device id below `size`."""
        answer = np.zeros(self.size, np.bool_)
        answer[: len(self.columns.flags)] = question(self.columns)
        answer[self.changed.ids] = question(self.changed.columns)
        return answer

    def merged(self) -> DeviceColumns:
        """The newer rows taken over, for the next snapshot."""
        renumbered = {name: self._renumber(name) for name in ATTRIBUTES}
        return DeviceColumns(
            flags=self._spread(self.columns.flags, self.changed.columns.flags),
            last_seen=self._spread(self.columns.last_seen, self.changed.columns.last_seen),
            numbers={
                name: self._spread(self.columns.numbers[name], changed, len(values))
                for name, (changed, values) in renumbered.items()
            },
            values={name: values for name, (_, values) in renumbered.items()},
        )

    def _renumber(self, name: str) -> tuple[npt.NDArray[np.int64], list[str]]:
        """The newer rows' numbers in a list of values that holds both."""
        number_of = {value: number for number, value in enumerate(self.columns.values[name])}
        theirs = [number_of.setdefault(value, len(number_of)) for value in self.changed.columns.values[name]]
        return np.array([*theirs, 0], np.int64)[self.changed.columns.numbers[name]], list(number_of)

    def _spread(self, old: npt.NDArray[Any], new: npt.NDArray[Any], values: int | None = None) -> npt.NDArray[Any]:
        both = np.zeros(self.size, old.dtype if values is None else np.min_scalar_type(values))
        both[: len(old)] = old
        both[self.changed.ids] = new
        return both


def rows_of(table: pa.Table) -> DeviceRows:
    """From a reading's devices."""
    flags = np.full(len(table), EXISTS, np.uint8)
    for name, bit in _FLAGS.items():
        flags |= _array(table, name).astype(np.uint8) * np.uint8(bit)
    coded = {name: _dictionary(table, name) for name in ATTRIBUTES}
    numbers = {name: column.indices.to_numpy() for name, column in coded.items()}
    values = {name: cast(list[str], column.dictionary.to_pylist()) for name, column in coded.items()}
    last_seen = _array(table, "last_seen").astype(np.int32)
    return DeviceRows(_array(table, "device_id"), DeviceColumns(flags, last_seen, numbers, values))


def no_columns() -> DeviceColumns:
    """Of an application without devices."""
    nothing = {name: np.zeros(0, np.uint8) for name in ATTRIBUTES}
    return DeviceColumns(np.zeros(0, np.uint8), np.zeros(0, np.int32), nothing, {name: [] for name in ATTRIBUTES})


def _array(table: pa.Table, name: str) -> npt.NDArray[Any]:
    return table.column(name).to_numpy()


def _dictionary(table: pa.Table, name: str) -> Any:
    return pa.concat_arrays(table.column(name).chunks)
