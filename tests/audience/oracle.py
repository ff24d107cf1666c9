"""The readable truth: one plain SQL statement (oracle.sql), against which every resolution is compared.

Tag rules become a condition in SQL's own words: AND binds tighter than OR there too, and NOT is NOT.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from rockdove.audience.audience import Audience, Counts
from rockdove.audience.request import AudienceRequest
from rockdove.audience.tag_rules import TagItem, TagRule, TagType
from rockdove.domain.push import AudienceType
from rockdove.storage.sql import load

_sql = load(__package__, "oracle.sql")

_COLUMNS = {
    TagType.APP_VERSION: "app_version",
    TagType.PROVINCE: "province",
    TagType.CITY: "city",
    TagType.COUNTRY: "country",
    TagType.SDK_VERSION: "sdk_version",
    TagType.OS_VERSION: "os_version",
    TagType.LANGUAGE: "language",
    TagType.MODEL: "model",
}


def resolve(
    connection: psycopg.Connection[Any],
    request: AudienceRequest,
    *,
    package: Iterable[str] = (),
    excluded: Iterable[str] = (),
    excluded_devices: Iterable[int] = (),
    today: date | None = None,
) -> tuple[set[int], Counts]:
    """Targets and counts, as of the transaction `connection` is in."""
    kind = request.audience_type
    by_token = kind in {AudienceType.TOKEN, AudienceType.TOKEN_LIST, AudienceType.PACKAGE_TOKEN}
    everybody = kind in {AudienceType.ALL, AudienceType.TAG}
    in_package = kind in {AudienceType.PACKAGE_ACCOUNT, AudienceType.PACKAGE_TOKEN}
    texts = set(package if in_package else request.tokens if by_token else request.accounts)
    wanted = [text for text in texts if not (in_package and by_token) or len(text) == 36]
    values = {
        "access_id": request.access_id,
        "accounts": [] if by_token else wanted,
        "tokens": wanted if by_token else [],
        "by_account": not by_token and not everybody,
        "by_token": by_token,
        "everybody": everybody,
        "account_type": request.account_type,
        "per_account": 100 if request.every_device else 1,
        "environment": request.environment,
        "multi_package": request.multi_package,
        "notification": request.notification,
        "excluded_accounts": list(excluded),
        "excluded_push": list(excluded_devices),
        "disabled": "xg" in request.disabled_channels,
        "today": today or connection.execute("SELECT (now() AT TIME ZONE 'UTC')::date").fetchone()[0],  # type: ignore[index]
    }
    statement = _sql.resolve.decode()
    if kind == AudienceType.TAG:
        condition = _rules(request.tag_rules).as_string(connection).replace("%", "%%")
        assert "(true)" in statement
        statement = statement.replace("(true)", f"({condition})")
    row = connection.execute(statement.encode(), values).fetchone()
    assert row
    targets, devices, opted_out, excluded_count, no_channel, matched, served = row
    filtered = {"opted_out": opted_out, "excluded": excluded_count, "no_channel": no_channel}
    counts = Counts(
        accounts=len(wanted),
        matched=matched,
        unmatched=len(wanted) - matched,
        unavailable=matched - served,
        invalid=len(texts) - len(wanted),
        devices=devices,
        filtered={reason: count for reason, count in filtered.items() if count},
        planned=len(targets),
    )
    return set(targets), counts


def check(audience: Audience, expected: tuple[set[int], Counts]) -> None:
    """The audience is the expected one, or the test fails."""
    assert set(audience.targets) == expected[0]
    assert audience.counts == expected[1]
    assert sum(map(len, audience.channels.values())) == len(expected[0])


def _rules(rules: Iterable[TagRule]) -> sql.Composable:
    return _joined([(rule.operator, _negated(rule.is_not, _items(rule.tag_items))) for rule in rules])


def _items(items: Iterable[TagItem]) -> sql.Composable:
    return _joined([(item.items_operator, _negated(item.is_not, _item(item))) for item in items])


def _item(item: TagItem) -> sql.Composable:
    return sql.SQL(f" {item.tags_operator} ").join([_carries(item.tag_type, tag) for tag in item.tags])


def _joined(terms: list[tuple[Any, sql.Composable]]) -> sql.Composable:
    parts = [terms[0][1]]
    for operator, term in terms[1:]:
        parts += [sql.SQL(operator), term]
    return sql.SQL(" ").join(parts)


def _negated(is_not: bool, condition: sql.Composable) -> sql.Composable:
    return sql.SQL("NOT ({})" if is_not else "({})").format(condition)


def _carries(tag_type: TagType, tag: str) -> sql.Composable:
    if tag_type == TagType.CUSTOM:
        return sql.SQL(
            "EXISTS (SELECT FROM device_tags JOIN tags ON tags.tag_id = ANY (device_tags.tag_ids) "
            "WHERE (device_tags.access_id, device_tags.device_id) = (device.access_id, device.device_id) "
            "AND tags.access_id = device.access_id AND tags.tag = {})"
        ).format(sql.Literal(tag))
    if tag_type == TagType.ACTIVE:
        return sql.SQL("to_char(device.last_seen_day, 'YYYYMMDD') = {}").format(sql.Literal(tag))
    if tag_type == TagType.BRAND:
        return sql.SQL("lower(device.brand) = lower({})").format(sql.Literal(tag))
    return sql.SQL("{} = {}").format(sql.Identifier("device", _COLUMNS[tag_type]), sql.Literal(tag))
