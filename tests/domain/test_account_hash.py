from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rockdove.domain.account_hash import hash_strings
from tests.domain.murmur import murmur


def test_known_values() -> None:
    """They are on disks: these numbers may never change."""
    known = {
        "": 0x0,
        "a": 0x071717D2D36B6B11,
        "hello": 0x1E68D17C457BF117,
        "user-1": 0x17E1F5CB144DCB6C,
        "张三": 0xBF0DA5172EE73474,
        "0123456789abcdef0123456789abcdef0123": 0x939810D54A684E32,
    }
    assert hash_strings(pl.Series(list(known))).tolist() == list(known.values())


@settings(max_examples=200, deadline=None, derandomize=True)
@given(texts=st.lists(st.text(st.characters(codec="utf-8"), max_size=120), max_size=50))
def test_every_text_hashes_as_defined(texts: list[str]) -> None:
    hashes = hash_strings(pl.Series(texts, dtype=pl.String))
    assert hashes.tolist() == [murmur(text.encode()) for text in texts]


def test_long_columns_and_slices_of_them() -> None:
    texts = pl.Series([f"{number:x}" * (number % 7) for number in range(200_000)])
    hashes = hash_strings(texts)
    assert hash_strings(texts.slice(70_001, 3)).tolist() == hashes[70_001:70_004].tolist()
    for row in (0, 1, 65_535, 65_536, 131_071, 131_072, 199_999):
        assert int(hashes[row]) == murmur(texts[row].encode())


def test_null_is_no_account() -> None:
    with pytest.raises(ValueError, match="null"):
        hash_strings(pl.Series(["ab", None]))
