"""A small application with a random history: writers whose transactions overlap, some of them open for very long.

Everything is drawn from one seed and every statement runs in a fixed order, so a history can be repeated. Writers never
wait for each other: a device that an open transaction has touched is left alone until that ends.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg

from rockdove.audience.request import AudienceRequest
from rockdove.audience.tag_rules import TagItem, TagRule, TagType
from rockdove.domain.push import AudienceType

ACCESS_ID, STRANGER = 1_500_000_001, 1_500_000_002
"""The application, and another one with the same devices and accounts, which must never show up."""
ACCOUNTS = [f"account{n}" for n in range(20)] + ["账号一", 'with "quotes", comma', "back\\slash", "x" * 100]
ACCOUNT_TYPES = (0, 1, 2_147_483_647)
TAGS = [f"tag{n}" for n in range(5)]
WRITERS = 4
PRESET = {
    TagType.APP_VERSION: ("app_version", ["1.0", "1.1", "2.0"]),
    TagType.PROVINCE: ("province", ["guangdong", "zhejiang"]),
    TagType.CITY: ("city", ["shenzhen", "hangzhou", ""]),
    TagType.COUNTRY: ("country", ["CN", "SG"]),
    TagType.SDK_VERSION: ("sdk_version", ["1.4.3.7"]),
    TagType.OS_VERSION: ("os_version", ["13", "14"]),
    TagType.LANGUAGE: ("language", ["zh", "en"]),
    TagType.BRAND: ("brand", ["HUAWEI", "Xiaomi", "huawei"]),
    TagType.MODEL: ("model", ["vivo X9Plus", "P60"]),
}
OTHER: dict[str, list[Any]] = {
    "notifications": [True, False],
    "environment": ["product", "dev"],
    "package_name": ["com.example.main", "com.example.lite"],
    "unregistered_at": [None, None, "2026-01-01"],
    "uninstalled_at": [None, None, "2026-01-01"],
}
_AT_FIRST = [(column, OTHER[column]) for column in ("package_name", "environment")]


class Writer:
    """One connection; its transaction is open from its first change until `end`."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.is_open = False
        self.touched: set[int] = set()
        self.created: set[int] = set()

    def run(self, statement: str, *values: Any) -> None:
        if not self.is_open:
            self.connection.execute("BEGIN")
            self.is_open = True
        self.connection.execute(statement.encode(), values)


class World:
    def __init__(self, url: str, seed: int, platform: str = "android") -> None:
        self.random = random.Random(seed)
        self.platform = platform
        self.writers = [Writer(url) for _ in range(WRITERS)]
        self.devices: set[int] = set()
        self._next_device = 0
        first = self.writers[0]
        main_package = self.random.choice(["", "com.example.main"])
        for access_id in (ACCESS_ID, STRANGER):
            first.run(
                "WITH product AS (INSERT INTO products (name) VALUES ('World') RETURNING product_id)"
                " INSERT INTO apps (access_id, name, platform, access_key, secret_key, main_package, product_id)"
                " SELECT %s, 'World', %s, '', '', %s, product_id FROM product", access_id, platform, main_package,
            )  # fmt: skip
            first.run("INSERT INTO tags (access_id, tag) SELECT %s, unnest(%s::text[])", access_id, TAGS)
        for _ in range(30):
            self._create(first)
        self._end(first, "COMMIT")

    def close(self) -> None:
        for writer in self.writers:
            writer.connection.close()

    def step(self) -> None:
        """One change by one writer, or the end of its transaction. The last writer seldom ends one."""
        number = self.random.randrange(WRITERS)
        writer = self.writers[number]
        if writer.is_open and self.random.random() < (0.02 if number == WRITERS - 1 else 0.25):
            return self._end(writer, self.random.choice(["COMMIT", "COMMIT", "COMMIT", "ROLLBACK"]))
        if self.random.random() < 0.05:
            return self._create(writer)
        change = self.random.choice(
            [self._bind, self._bind, self._bind, self._unbind, self._change, self._see, self._tag]
        )
        device = self._free_device(writer)
        if device is not None:
            change(writer, device)
        return None

    def purge(self) -> None:
        """Delete a device, as the nightly clean-up does."""
        writer = self.writers[0]
        self._end(writer, "COMMIT")
        device = self._free_device(writer)
        if device is not None:
            writer.run("DELETE FROM devices WHERE access_id = %s AND device_id = %s", ACCESS_ID, device)
            self.devices.discard(device)
            self._end(writer, "COMMIT")

    def package(self) -> list[str]:
        return [*self.random.sample(ACCOUNTS, self.random.randrange(len(ACCOUNTS))), "nobody"]

    def tokens(self) -> list[str]:
        return [token(n) for n in self.random.sample(range(self._next_device + 3), 12)] + ["short", "x" * 36]

    def request(self, audience_type: AudienceType) -> AudienceRequest:
        choose = self.random.choice
        return AudienceRequest(
            access_id=ACCESS_ID,
            audience_type=audience_type,
            accounts=tuple(self.package()) if audience_type == AudienceType.ACCOUNT_LIST else (),
            tokens=tuple(self.tokens()) if audience_type == AudienceType.TOKEN_LIST else (),
            tag_rules=tuple(self._rules()) if audience_type == AudienceType.TAG else (),
            account_type=choose(ACCOUNT_TYPES),
            every_device=choose([True, False]),
            notification=choose([True, True, False]),
            environment=choose(["product", "dev"]),
            multi_package=choose([True, False]),
            disabled_channels=frozenset(choose([(), (), (), ("hw",), ("xg",)])),
        )

    def _end(self, writer: Writer, how: str) -> None:
        if writer.is_open:
            writer.connection.execute(how.encode())
        if how == "COMMIT":
            self.devices |= writer.created
        writer.is_open, writer.touched, writer.created = False, set(), set()

    def _free_device(self, writer: Writer) -> int | None:
        """A device that no other open transaction has touched."""
        busy = set[int]().union(*(other.touched for other in self.writers if other is not writer))
        free = sorted(self.devices - busy)
        device = self.random.choice(free) if free else None
        writer.touched |= {device} if device is not None else set()
        return device

    def _create(self, writer: Writer) -> None:
        device = self._next_device
        self._next_device += 1
        writer.touched.add(device)
        writer.created.add(device)
        columns = {column: self.random.choice(values) for column, values in [*PRESET.values(), *_AT_FIRST]}
        for access_id in (ACCESS_ID, STRANGER):
            writer.run(
                f"INSERT INTO devices (access_id, device_id, token, platform, {', '.join(columns)})"
                f" VALUES (%s, %s, %s, %s{', %s' * len(columns)})",
                access_id, device, token(device), self.platform, *columns.values(),
            )  # fmt: skip
            writer.run(_BIND, access_id, device, 0, self.random.choice(ACCOUNTS), "2026-01-01")

    def _bind(self, writer: Writer, device: int) -> None:
        """To any account, often one it was bound to before, and in the very microsecond of other bindings."""
        bound_at = f"2026-01-01 00:00:00.{self.random.randrange(8):06}"
        account_type, account = self.random.choice(ACCOUNT_TYPES), self.random.choice(ACCOUNTS)
        writer.run(_BIND, ACCESS_ID, device, account_type, account, bound_at)

    def _unbind(self, writer: Writer, device: int) -> None:
        writer.run(
            "UPDATE account_bindings SET account = NULL WHERE (access_id, device_id, account_type) = (%s, %s, %s)",
            ACCESS_ID, device, self.random.choice(ACCOUNT_TYPES),
        )  # fmt: skip

    def _change(self, writer: Writer, device: int) -> None:
        column, values = self.random.choice([*PRESET.values(), *OTHER.items()])
        writer.run(
            f"UPDATE devices SET {column} = %s WHERE access_id = %s AND device_id = %s",
            self.random.choice(values), ACCESS_ID, device,
        )  # fmt: skip

    def _see(self, writer: Writer, device: int) -> None:
        """Seen today; or its past is set, as an import does (by way of tomorrow, so that it never moves up to a past
        day)."""
        days_ago = self.random.choice([0, 0, 0, 30, 89, 90, 91, 200])
        for days in [-1, days_ago] if days_ago else [0]:
            writer.run(
                "UPDATE devices SET last_seen_day = (now() AT TIME ZONE 'UTC')::date - %s::integer"
                " WHERE access_id = %s AND device_id = %s", days, ACCESS_ID, device,
            )  # fmt: skip

    def _tag(self, writer: Writer, device: int) -> None:
        writer.run(
            "INSERT INTO device_tags (access_id, device_id, tag_ids) SELECT %s, %s,"
            " ARRAY(SELECT tag_id FROM tags WHERE access_id = %s AND tag = ANY (%s))"
            " ON CONFLICT (access_id, device_id) DO UPDATE SET tag_ids = excluded.tag_ids",
            ACCESS_ID, device, ACCESS_ID, self.random.sample(TAGS, self.random.randrange(4)),
        )  # fmt: skip

    def _rules(self) -> Iterator[TagRule]:
        """One tag, which shows every mistake; or anything."""
        choose = self.random.choice
        if self.random.random() < 0.7:
            tag_type = choose([TagType.CUSTOM, TagType.CUSTOM, *PRESET])
            tags = TAGS if tag_type == TagType.CUSTOM else PRESET[tag_type][1]
            yield TagRule(tag_items=(TagItem(tags=(choose(tags),), tag_type=tag_type),))
            return
        for _ in range(self.random.randint(1, 3)):
            items = tuple(self._item() for _ in range(self.random.randint(1, 3)))
            yield TagRule(tag_items=items, operator=choose(["AND", "OR"]), is_not=choose([True, False, False]))

    def _item(self) -> TagItem:
        choose = self.random.choice
        tag_type = choose([TagType.CUSTOM, TagType.ACTIVE, *PRESET])
        values = {TagType.CUSTOM: [*TAGS, "no such tag"], TagType.ACTIVE: ["20260101", _today(), "no day"]}
        known = values.get(tag_type) or [*PRESET[tag_type][1], "no such value"]
        return TagItem(
            tags=tuple(self.random.choices(known, k=self.random.randint(1, 3))),
            tag_type=tag_type,
            tags_operator=choose(["AND", "OR"]),
            items_operator=choose(["AND", "OR"]),
            is_not=choose([True, False, False]),
        )


def token(device: int) -> str:
    return f"token{device:031}"


@contextmanager
def one_snapshot(url: str) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """A connection in a REPEATABLE READ transaction, and the name under which others can join what it sees."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        (name,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        yield connection, name
        connection.execute("COMMIT")


def _today() -> str:
    return datetime.now(UTC).strftime("%Y%m%d")


_BIND = """
INSERT INTO account_bindings (access_id, device_id, account_type, account, bound_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (access_id, device_id, account_type) DO UPDATE SET account = excluded.account, bound_at = excluded.bound_at
"""
