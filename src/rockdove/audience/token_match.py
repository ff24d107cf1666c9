"""Packages of tokens: a token is looked up among all tokens of the application, read once, in pieces.

No index: tokens would add 36 bytes a device to every snapshot for an audience that is rarely used.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from rockdove.audience.hashed_texts import HashedTexts
from rockdove.audience.reading import Reading
from rockdove.domain import token
from rockdove.domain.account_hash import hash_strings

Flags = npt.NDArray[np.bool_]


class TokenMatch:
    """Wanted tokens against the registered ones; `matched` and `served` are flags for `wanted`, the lines of the
    package that can be tokens at all.
    """

    def __init__(self, reading: Reading, package: HashedTexts, usable: Flags) -> None:
        valid = (package.texts.str.len_chars() == token.LENGTH).to_numpy()
        self.wanted = HashedTexts(package.hashes[valid], package.texts.filter(pl.Series(valid)))
        self.invalid = package.size - self.wanted.size
        self.matched, self.served = (np.zeros(self.wanted.size, np.bool_) for _ in range(2))
        self._usable, self._chosen = usable, np.zeros(len(usable), np.bool_)
        for rows in reading.tokens():
            self._look_up(rows)

    @property
    def devices(self) -> npt.NDArray[Any]:
        """Ascending ids of the usable devices found."""
        return np.flatnonzero(self._chosen)

    def _look_up(self, rows: pl.DataFrame) -> None:
        ordered = rows.with_columns(hash=hash_strings(rows["token"])).sort("hash")
        registered = HashedTexts(ordered["hash"].to_numpy(), ordered["token"])
        found, places = self.wanted.find(registered)
        devices = ordered["device_id"].to_numpy()[found]
        self.matched[places] = True
        usable = self._usable[devices]
        self.served[places[usable]] = True
        self._chosen[devices[usable]] = True
