"""Accounts (or tokens) by their 64-bit hash: how a package arrives here, and what is searched in.

A hash only finds candidates. Two texts are the same when they are equal; where they are not, the next one of the same
hash is tried, so that colliding accounts cost time and nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from rockdove.domain.account_hash import hash_strings

Numbers = npt.NDArray[Any]


class HashedTexts(NamedTuple):
    """Distinct texts by ascending hash; those that share a hash stand side by side."""

    hashes: npt.NDArray[np.uint64]
    texts: pl.Series

    @property
    def size(self) -> int:
        return len(self.hashes)

    def find(self, wanted: HashedTexts) -> Pairs:
        """Which of `wanted` are here, and where.

        Both sides come sorted, so the binary searches run through memory in order (3 M in 3 M take 0.12 s; unsorted
        they took 3.6 s), and it is the smaller side that is searched for in the larger.
        """
        if wanted.size > self.size:
            here, theirs = wanted.find(self)
            return Pairs(theirs, here)
        here = np.searchsorted(self.hashes, wanted.hashes)
        theirs = np.flatnonzero(here < self.size)
        theirs = theirs[self.hashes[here[theirs]] == wanted.hashes[theirs]]
        here = here[theirs]
        equal = (self.texts.gather(here) == wanted.texts.gather(theirs)).to_numpy()
        if equal.all():
            return Pairs(theirs, here)
        others = self._find_by_text(wanted, theirs[~equal])
        return Pairs(np.append(theirs[equal], others.theirs), np.append(here[equal], others.here))

    def _find_by_text(self, wanted: HashedTexts, theirs: Numbers) -> Pairs:
        """Of those that share a hash any may be the one: a join of the texts, however many there are."""
        here = np.flatnonzero(np.isin(self.hashes, wanted.hashes[theirs]))
        ours = pl.DataFrame({"text": self.texts.gather(here), "here": here})
        pairs = pl.DataFrame({"text": wanted.texts.gather(theirs), "theirs": theirs}).join(ours, on="text")
        return Pairs(pairs["theirs"].to_numpy(), pairs["here"].to_numpy())


class Pairs(NamedTuple):
    """Wanted text `theirs[i]` is the text `here[i]`. Each at most once, in no order."""

    theirs: Numbers
    here: Numbers


def hashed(texts: Iterable[str] | pl.Series) -> HashedTexts:
    """From any texts, in any order, repeated or not."""
    frame = pl.DataFrame({"text": pl.Series("text", texts, dtype=pl.String).unique()})
    ordered = frame.with_columns(hash=hash_strings(frame["text"])).sort("hash", "text")
    return HashedTexts(ordered["hash"].to_numpy(), ordered["text"])


OpenPackage = Callable[[int, int], Awaitable[HashedTexts]]
"""access_id, package_id → its accounts, mapped. Raises AudienceError where the package is gone."""
