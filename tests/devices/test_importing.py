from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rockdove.devices import import_file
from rockdove.devices.import_file import read
from rockdove.devices.importing import EXAMPLE, ImportFileError, ImportReport, import_devices
from rockdove.domain.account import fault_of
from rockdove.storage.database import Database
from tests.rows import a_binding, a_device, an_app

APP = 1500000001
A, B, C = ("a" * 36, "b" * 36, "c" * 36)


@pytest.fixture(autouse=True)
async def app(database: Database) -> None:
    async with database.transaction() as connection:
        await an_app(connection, APP)


async def run(database: Database, folder: Path, text: str | bytes, **options: Any) -> ImportReport:
    file = folder / "devices.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return await import_devices(database, APP, file, **options)


async def bindings(database: Database) -> list[tuple[str, int, str | None]]:
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT token, account_type, account FROM account_bindings JOIN devices USING (access_id, device_id) "
            "ORDER BY token, account_type"
        )
        return [(row.token, row.account_type, row.account) for row in await cursor.fetchall()]


async def test_the_example(database: Database, tmp_path: Path) -> None:
    report = await run(database, tmp_path, EXAMPLE)
    assert (report.rows, report.refused, report.new_devices, report.bindings) == (4, 0, 3, 3)
    async with database.connection() as connection:
        rows = await (await connection.execute("SELECT * FROM devices ORDER BY device_id")).fetchall()
        bound = await (await connection.execute("SELECT * FROM account_bindings ORDER BY bound_at")).fetchall()
    assert [row.device_id for row in rows] == [1, 2, 3], "dense, in the order of the file"
    assert [row.channel for row in rows] == ["hw", "", ""]
    assert [row.notifications for row in rows] == [True, False, True]
    assert [row.secret_hash for row in rows] == [None] * 3
    assert [row.bound_at.astimezone(UTC).isoformat() for row in bound] == [
        "2026-01-01T00:00:00+00:00",
        "2026-04-30T22:00:00+00:00",
        "2026-05-01T01:30:00+00:00",
    ]


async def test_bad_rows_are_refused_one_by_one_with_row_column_and_reason(database: Database, tmp_path: Path) -> None:
    text = (
        "token,account,account_type,bound_at,channel,channel_token,notifications\r\n"
        f"{A},good,0,1767225600,,,\r\n"
        f"short,good,0,,,,\r\n"
        f"{A},x,0,,,,\r\n"
        f"{A}, good,0,,,,\r\n"
        f'{A},"tab\there",0,,,,\r\n'
        f"{A},good,-1,,,,\r\n"
        f"{A},good,2147483648,,,,\r\n"
        "\r\n"
        f"{A},good,0,2026-05-01T09:30:00,,,\r\n"
        f"{A},good,0,2999-01-01T00:00:00Z,,,\r\n"
        f"{A},good,0,,pigeon,t,\r\n"
        f"{A},good,0,,hw,,\r\n"
        f"{A},good,0,,,,maybe\r\n"
        f"{A},good,0,,,,,surplus\r\n"
        f"{B}"
    )
    everything = tmp_path / "refused.csv"
    report = await run(database, tmp_path, text, refusals_path=everything)
    assert [(refusal.row, refusal.column) for refusal in report.refusals] == [
        (3, "token"), (4, "account"), (5, "account"), (6, "account"), (7, "account_type"), (8, "account_type"),
        (10, "bound_at"), (11, "bound_at"), (12, "channel"), (13, "channel_token"), (14, "notifications"), (15, ""),
    ]  # fmt: skip
    assert report.refused == len(report.refusals)
    with everything.open(newline="") as file:
        assert [tuple(line) for line in csv.reader(file)][1:] == [
            (str(refusal.row), refusal.column, refusal.reason) for refusal in report.refusals
        ]
    assert await bindings(database) == [(A, 0, "good")]
    assert report.new_devices == 2


async def test_of_one_token_and_type_the_newest_bind_time_wins_then_the_later_row(
    database: Database, tmp_path: Path
) -> None:
    text = f"token,account,bound_at\n{A},older,100\n{A},newest,300\n{A},old,200\n{B},first,100\n{B},second,100\n"
    await run(database, tmp_path, text)
    assert await bindings(database) == [(A, 0, "newest"), (B, 0, "second")]


async def test_the_app_has_been_faster(database: Database, tmp_path: Path) -> None:
    """Bound by the app before the file's time, bound after it, and unbound after it."""
    async with database.transaction() as connection:
        ids = [await a_device(connection, APP, token=token, secret_hash=b"x" * 32) for token in (A, B, C)]
        for device_id, when in zip(ids, (200, 400, 400), strict=True):
            await a_binding(connection, APP, device_id, "by the app", bound_at=datetime.fromtimestamp(when, UTC))
        await connection.execute("UPDATE account_bindings SET account = NULL WHERE device_id = %s", (ids[2],))
    report = await run(database, tmp_path, f"token,account,bound_at\n{A},file,300\n{B},file,300\n{C},file,300\n")
    assert await bindings(database) == [(A, 0, "file"), (B, 0, "by the app"), (C, 0, None)]
    assert (report.new_devices, report.updated_devices, report.bindings) == (0, 0, 1)


async def test_a_device_that_has_registered_knows_itself_better(database: Database, tmp_path: Path) -> None:
    """A was claimed since the first import, with another vendor token; B was not. The second file knows less."""
    columns = {"channel": "hw", "package_name": "com.example.app", "notifications": False}
    async with database.transaction() as connection:
        await a_device(connection, APP, token=A, secret_hash=b"x" * 32, channel_token="new", **columns)
        await a_device(connection, APP, token=B, channel_token="old", **columns)
    report = await run(database, tmp_path, f"token,channel,channel_token\n{A},fcm,older\n{B},fcm,newer\n")
    assert (report.new_devices, report.updated_devices) == (0, 1)
    async with database.connection() as connection:
        rows: Any = await (await connection.execute("SELECT * FROM devices ORDER BY token")).fetchall()
    assert [(row.channel, row.channel_token, row.package_name, row.notifications) for row in rows] == [
        ("hw", "new", "com.example.app", False),
        ("fcm", "newer", "", True),
    ]


async def test_importing_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    await run(database, tmp_path, EXAMPLE)
    again = await run(database, tmp_path, EXAMPLE)
    assert (again.new_devices, again.updated_devices, again.bindings, again.dropped_bindings) == (0, 0, 0, 0)


async def test_an_account_keeps_its_newest_hundred_devices(database: Database, tmp_path: Path) -> None:
    tokens = [f"{number:036}" for number in range(103)]
    rows = [f"{token},crowd,{1000 + number}" for number, token in enumerate(tokens)]
    random.Random(3).shuffle(rows)
    report = await run(database, tmp_path, "\n".join(["token,account,bound_at", *rows]))
    assert report.dropped_bindings == 3
    assert [account for _, _, account in await bindings(database)] == [None] * 3 + ["crowd"] * 100


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "`token` must be one"),
        (b"account,type\n", "`token` must be one"),
        (b"token,colour\n", "colour"),
        (b"token,token\n", "repeated"),
        (b"\xff\xfe\n", "UTF-8"),
    ],
)
async def test_a_file_that_cannot_be_understood(database: Database, tmp_path: Path, text: bytes, reason: str) -> None:
    with pytest.raises(ImportFileError, match=reason):
        await run(database, tmp_path, text)


async def test_nothing_stays_of_an_import_that_fails(database: Database, tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match="999"):
        await import_devices(database, 999, tmp_path / "none.csv")
    with pytest.raises(ImportFileError, match="No such file"):
        await import_devices(database, APP, tmp_path / "none.csv")
    async with database.connection() as connection:
        row: Any = await (await connection.execute("SELECT count(*) AS count FROM devices")).fetchone()
    assert row.count == 0


async def test_blocks_do_not_show(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotes, line breaks inside them and bad bytes, cut at every possible place."""
    monkeypatch.setattr(import_file, "BLOCK_BYTES", 61)
    lines = [f'{number:036},"a ""quoted"", {number}",7' for number in range(20)]
    text = (
        ("token,account,account_type\n" + "\n".join(lines) + f'\n{A},"two\nlines",1\n').encode()
        + B.encode()
        + b",\xff\xff,1"
    )
    report = await run(database, tmp_path, text)
    assert [account for _, _, account in await bindings(database)] == [f'a "quoted", {number}' for number in range(20)]
    assert [refusal.row for refusal in report.refusals] == [22, 23]


async def test_the_planner_knows_what_has_come(database: Database, tmp_path: Path) -> None:
    await run(database, tmp_path, EXAMPLE)
    query = "SELECT relname, reltuples FROM pg_class WHERE relname IN ('devices', 'account_bindings')"
    async with database.connection() as connection:
        rows = await (await connection.execute(query)).fetchall()
    assert {row.relname: row.reltuples for row in rows} == {"devices": 3, "account_bindings": 3}


text = st.text(st.sampled_from("ab€\u200b\ufeff\t \u3000\x7f\x85\xa0\"',\\N"), max_size=8)


@hypothesis_settings(max_examples=150, deadline=None)
@given(st.lists(text, min_size=1, max_size=20))
def test_accounts_are_judged_as_everywhere_else(accounts: list[str]) -> None:
    quoted = "".join(f'{A},"{account.replace(chr(34), chr(34) * 2)}"\n' for account in accounts)
    frame = import_file._parse(quoted.encode(), ["token", "account"], 2)
    accepted, refused = import_file._check(frame, "android", datetime.now(UTC))
    wanted = {row: account for row, account in enumerate(accounts, 2) if account and not fault_of(account)}
    found = {row: account for row, account in accepted.select("line", "account").iter_rows() if account}
    assert found == wanted
    assert {refusal.row for refusal in refused} == {
        row for row, account in enumerate(accounts, 2) if account and fault_of(account)
    }


BOUNDS = datetime(2000, 1, 1), datetime(2026, 1, 1)  # noqa: DTZ001  the strategy wants them without a zone
times = st.datetimes(*BOUNDS).map(lambda time: time.replace(microsecond=0))


@hypothesis_settings(max_examples=100, deadline=None)
@given(times, st.integers(-14 * 60, 14 * 60), st.sampled_from(["T", " "]), st.sampled_from(["", ".5", ",123456789"]))
def test_times_are_read_as_python_reads_them(
    tmp_path_factory: pytest.TempPathFactory, time: datetime, zone: int, between: str, fraction: str
) -> None:
    sign = "-" if zone < 0 else "+"
    written = f"{time:%Y-%m-%d}{between}{time:%H:%M:%S}{fraction}{sign}{abs(zone) // 60:02}:{abs(zone) % 60:02}"
    file = tmp_path_factory.getbasetemp() / "times.csv"
    file.write_text(f'token,bound_at\n{A},"{written}"\n')
    (block,) = read(file, "android")
    expected = (time - timedelta(minutes=zone)).replace(tzinfo=UTC)
    assert block.accepted["bound_at"].to_list() == [expected]
