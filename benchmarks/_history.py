"""What an application has behind it: ten thousand pushes with their totals, packages, plans, receipts, an audit log."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import psycopg
from pyroaring import BitMap

from benchmarks._population import ACCESS_ID

PACKAGES, PLANS, WITH_RECEIPTS = 2000, 50, 200
RECEIPT_DEVICES = 50_000
TITLES = ("Your parcel is on its way", "The harbour closes at six", "Low tide at 14:20", "A chapter for the weekend")

_PACKAGES = """
INSERT INTO packages (access_id, state, file_name, file_bytes, file_sha256, line_count, account_count, verdict,
                      object_prefix)
SELECT %(app)s, CASE WHEN n %% 20 = 0 THEN 'rejected' ELSE 'ready' END, 'customers-' || n || '.csv', 104857600,
       sha256(n::text::bytea), 8738133, 8738133, %(verdict)s::jsonb, 'bench/' || n
FROM generate_series(1, %(packages)s) AS n
"""
_PLANS = """
INSERT INTO push_plans (access_id, name, description)
SELECT %(app)s, 'plan ' || n, 'bench' FROM generate_series(1, %(plans)s) AS n
"""
_PUSHES = """
INSERT INTO pushes (access_id, state, audience_type, audience, package_id, message_type, message, content_hash,
                    environment, expire_seconds, plan_id, source, created_at, due, started_at, finished_at, expires_at,
                    counts)
SELECT %(app)s,
       CASE WHEN n > %(pushes)s - 20 THEN 'PUSH_WAIT' WHEN n %% 97 = 0 THEN 'PUSH_CANCELED'
            WHEN n %% 101 = 0 THEN 'PUSH_DELETED_PUSH_MSG' ELSE 'PUSH_FINISHED' END,
       (ARRAY['all', 'tag', 'package_account_push', 'account_list'])[1 + n %% 4], '{}',
       CASE WHEN n %% 4 = 2 THEN 1 + n %% %(packages)s END, CASE WHEN n %% 10 = 0 THEN 'message' ELSE 'notify' END,
       jsonb_build_object('title', (%(titles)s::text[])[1 + n %% 4] || ' ' || n,
                          'content', repeat('Open the app. ', 20)),
       sha256(n::text::bytea), 'product', 86400,
       CASE WHEN n %% 3 = 0 THEN '' ELSE (1 + n %% %(plans)s)::text END, CASE WHEN n %% 2 = 0 THEN 'web' ELSE 'api' END,
       at, at, started, started + interval '1 minute', started + interval '1 day', '{"planned": 1000000}'
FROM generate_series(1, %(pushes)s) AS n,
     LATERAL (SELECT now() - interval '5 minutes' * (%(pushes)s - n) AS at) AS time,
     LATERAL (SELECT CASE WHEN n <= %(pushes)s - 20 AND n %% 97 <> 0 THEN at END AS started) AS start
ORDER BY n
"""
_TOTALS = """
INSERT INTO push_totals (push_id, channel, planned, sent, arrived, shown, clicked, cleared, retried, open)
SELECT push_id, channel, 1000000, 900000, 700000, 500000, 90000, 50000, 0, false
FROM pushes, unnest(ARRAY['all', 'xg', 'hw', 'xm']) AS channel WHERE started_at IS NOT NULL
"""
_AUDIT = """
INSERT INTO audit_log (at, actor, access_id, action, object)
SELECT created_at, 'Ada', access_id, action, push_id::text
FROM pushes, unnest(ARRAY['CreatePush', 'PausePush', 'ResumePush']) AS action
UNION ALL SELECT uploaded_at, 'Ada', access_id, 'UploadPushPackage', package_id::text FROM packages
"""


def fill(url: str, pushes: int) -> None:
    """Into a database with devices; once."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pushes").fetchone():
            return
        reasons = {"shorter than 2 characters": 20}
        examples = [{"line": line, "reason": "shorter than 2 characters", "text": "x"} for line in range(20)]
        verdict = {
            "lines": 8738133,
            "accounts": 8738113,
            "invalid": 20,
            "invalid_by_reason": reasons,
            "examples": examples,
        }
        values = {
            "app": ACCESS_ID,
            "pushes": pushes,
            "packages": PACKAGES,
            "plans": PLANS,
            "titles": list(TITLES),
            "verdict": json.dumps(verdict),
        }
        for statement in (_PACKAGES, _PLANS, _PUSHES, _TOTALS, _AUDIT):
            connection.execute(statement.encode(), values if "%(" in statement else None)
        _receipts(connection)
        connection.execute(
            "VACUUM (ANALYZE) pushes, push_totals, packages, push_plans, audit_log, push_slices, receipt_deltas"
        )


def _receipts(connection: psycopg.Connection[Any]) -> None:
    """Of the newest pushes that have gone out: one slice each, whose devices report within an hour."""
    numbers = np.random.default_rng(1)
    newest = connection.execute(
        "SELECT push_id, started_at FROM pushes WHERE started_at IS NOT NULL ORDER BY push_id DESC LIMIT %s",
        (WITH_RECEIPTS,),
    ).fetchall()
    targets = BitMap(range(RECEIPT_DEVICES))
    for push_id, started_at in newest:
        connection.execute(
            "INSERT INTO push_slices (push_id, slice_no, access_id, channel, first_device, last_device, target_count,"
            " targets, state, sent_upto) VALUES (%s, 0, %s, 'xg', 0, %s, %s, %s, 'done', %s)",
            (push_id, ACCESS_ID, RECEIPT_DEVICES - 1, RECEIPT_DEVICES, targets.serialize(), RECEIPT_DEVICES - 1),
        )
        minutes = numbers.integers(0, 60, RECEIPT_DEVICES)
        with connection.cursor().copy(
            "COPY receipt_deltas (push_id, slice_no, event, minute, devices) FROM STDIN"
        ) as copy:
            for minute in range(60):
                devices = BitMap(np.flatnonzero(minutes == minute).tolist()).serialize()
                at = started_at.timestamp() + 60 * minute
                for event in ("arrived", "clicked"):
                    copy.write(f"{push_id}\t0\t{event}\t{_time(at)}\t\\\\x{devices.hex()}\n")


def _time(seconds: float) -> str:
    return str(np.datetime64(int(seconds) // 60 * 60, "s")) + "+00"
