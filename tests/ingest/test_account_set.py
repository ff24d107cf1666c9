"""The set of accounts where hashes are no help: collisions, crafted ones, and duplicates without end."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from rockdove.config import Packages
from rockdove.domain.account_hash import Words, hash_strings, slices_of
from rockdove.ingest import account_set
from rockdove.ingest.account_set import AccountSet, TextSpool, rows_of
from rockdove.ingest.name import Kind
from rockdove.ingest.parse import parse
from rockdove.storage.accounts_file import AccountsFile, strings
from rockdove.storage.package_store import ACCOUNTS
from tests.domain.murmur import colliding_texts


def settled(folder: Path, blocks: list[list[str]]) -> tuple[list[str], list[int]]:
    """The distinct accounts and their hashes, in the order of the set."""
    with TextSpool(folder / "spool") as spool:
        accounts = AccountSet(spool)
        for block in blocks:
            accounts.add(rows_of(*slices_of(pl.Series(block)), spool))
        count = accounts.settle()
        texts = [str(text) for views in accounts.views() for text in strings(views, spool.segments()).to_pylist()]
        hashes = [number for part in accounts.hashes() for number in part.tolist()]
        assert len(texts) == len(hashes) == count
        assert accounts.size == sum(map(len, blocks))
        return texts, hashes


def some_texts(seed: int) -> list[str]:
    """Short and long, of few lengths and few beginnings, many more than once."""
    chance = random.Random(seed)
    return [
        chance.choice(["user", "account-of-", "an account whose text is long "]) + str(chance.randint(0, 400))
        for _ in range(3_000)
    ]


def weak_hash(bits: int) -> Any:
    """All accounts share 2 to the power of `bits` hashes."""

    def hash_slices(data: Any, starts: Any, lengths: Any, heads: Any) -> Words:
        hashes: Words = (heads[0] & np.uint64((1 << bits) - 1)) << np.uint64(59)
        return hashes

    return hash_slices


@pytest.mark.parametrize("bits", [0, 1, 3])
def test_accounts_of_equal_hash_are_told_apart_by_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bits: int
) -> None:
    monkeypatch.setattr(account_set, "hash_slices", weak_hash(bits))
    blocks = [some_texts(seed) for seed in range(3)]
    texts, hashes = settled(tmp_path, blocks)
    assert len(texts) == len(set(texts))
    assert set(texts) == {text for block in blocks for text in block}
    assert hashes == sorted(hashes)


@pytest.mark.parametrize(
    "pair",
    [("user1", "user2"), ("user-1234567", "user-1234568"), ("a long account 1", "a long account 2"), ("ab", "ab\x01")],
)
def test_two_of_equal_hash_and_alike_are_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pair: tuple[str, str]
) -> None:
    monkeypatch.setattr(account_set, "hash_slices", weak_hash(0))
    assert settled(tmp_path, [[*pair]])[0] == sorted(pair)
    assert settled(tmp_path, [[*pair], [*pair]])[0] == sorted(pair)


def test_crafted_collisions_cost_no_account(tmp_path: Path) -> None:
    crafted = colliding_texts(500)
    assert len(set(hash_strings(pl.Series(crafted)).tolist())) == 1
    path = tmp_path / "accounts.txt"
    path.write_text("\n".join([*crafted, *crafted[::2], "another"]))
    verdict = parse(path, Kind.TXT, Packages(), tmp_path)
    assert (verdict.accounts, verdict.duplicates) == (501, 250)
    assert set(AccountsFile.open(tmp_path / ACCOUNTS).accounts.to_list()) == {*crafted, "another"}


def test_duplicates_do_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_set, "CROWDED_ROWS", 1_000)
    compacted: list[int] = []
    compact = account_set._Part.compact

    def spy(part: Any, text: list[memoryview]) -> None:
        compact(part, text)
        compacted.append(part._size)

    monkeypatch.setattr(account_set._Part, "compact", spy)
    block = ["the same account", "another one", "ab"]
    texts, _ = settled(tmp_path, [block * 300] * 20)
    assert sorted(texts) == sorted(block)
    assert compacted
    assert max(compacted) <= len(block)


def test_the_text_is_cut_into_segments_that_no_account_crosses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = [[f"account number {number} of block {block}" for number in range(50)] for block in range(20)]
    for module in ("rockdove.ingest.account_set", "rockdove.storage.accounts_file"):
        monkeypatch.setattr(f"{module}.SEGMENT_BYTES", 1 << 12)
    texts, _ = settled(tmp_path, blocks)
    assert sorted(texts) == sorted(text for block in blocks for text in block)


def test_sparse_long_accounts_are_copied_out(tmp_path: Path) -> None:
    block = [f"ab{number}" for number in range(5_000)] + ["one that is longer than twelve"]
    with TextSpool(tmp_path / "spool") as spool:
        rows_of(*slices_of(pl.Series(block)), spool)
        assert sum(map(len, spool.segments())) < 100
    texts, _ = settled(tmp_path, [block])
    assert sorted(texts) == sorted(block)
