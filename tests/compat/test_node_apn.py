"""node-apn, the client for APNs that Node servers use, unmodified against the fake: it takes it for Apple's."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from rockdove.testing.vendors.apns import FakeApns
from tests.compat import story

SOURCES = Path(__file__).parent / "node"


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the packages of its lock file."""
    story.needs("node", "npm")
    folder = tmp_path_factory.mktemp("node")
    shutil.copytree(SOURCES, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    story.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder, seconds=story.BUILD_SECONDS)
    return folder


async def tell(vendor: FakeApns, driver: Path, cases: dict[str, Any], **other: str) -> dict[str, Any]:
    team = vendor.teams[0]
    host, _, port = vendor.origin.removeprefix("https://").partition(":")
    told = {
        "server": {"host": host, "port": int(port), "ca": vendor.ca_file.read_text()},
        "token": {"key": team.p8, "keyId": team.key_id, "teamId": team.team_id} | other,
        "cases": [{"name": name, "devices": devices, "note": note} for name, (devices, note) in cases.items()],
    }
    printed = await asyncio.to_thread(
        story.run, "node", "apns.mjs", folder=driver, seconds=story.TELL_SECONDS, APNS_TOLD=json.dumps(told)
    )
    return dict(json.loads(printed))


async def test_what_it_hears(driver: Path) -> None:
    async with FakeApns() as vendor:
        note = {"topic": vendor.teams[0].bundle_id, "alert": {"title": "t", "body": "c"}, "pushType": "alert"}
        background = {"topic": note["topic"], "contentAvailable": True, "pushType": "background", "priority": 5}
        many = [vendor.token("ok", number) for number in range(100)]
        mixed = [vendor.token("bad", 1), vendor.token("gone", 1), vendor.token("ok", 100), "0" * 64]
        found = await tell(
            vendor,
            driver,
            {
                "one": (many[:1], note | {"collapseId": "sale", "expiry": 2_000_000_000}),
                "many": (many[1:], note),
                "mixed": (mixed, note),
                "silent": ([vendor.token("ok", 101)], background),
                "another topic": (many[:1], note | {"topic": "com.example.bank"}),
                "too large": (many[:1], note | {"alert": "x" * 5000}),
                "collapse id": (many[:1], note | {"collapseId": "x" * 65}),
            },
        )
        assert found == {
            "one": {"sent": 1, "failed": []},
            "many": {"sent": 99, "failed": []},
            "mixed": {"sent": 1, "failed": ["400 BadDeviceToken", "400 DeviceTokenNotForTopic", "410 Unregistered"]},
            "silent": {"sent": 1, "failed": []},
            "another topic": {"sent": 0, "failed": ["400 TopicDisallowed"]},
            "too large": {"sent": 0, "failed": ["413 PayloadTooLarge"]},
            "collapse id": {"sent": 0, "failed": ["400 BadCollapseId"]},
        }
        assert set(vendor.accepted.values()) == {1}
        assert len(vendor.accepted) == 102


async def test_credentials_that_are_no_good(driver: Path) -> None:
    async with FakeApns() as vendor:
        note = {"topic": vendor.teams[0].bundle_id, "alert": "t"}
        cases = {"one": ([vendor.token("ok", 1)], note)}
        refused = {"one": {"sent": 0, "failed": ["403 InvalidProviderToken"]}}
        assert await tell(vendor, driver, cases, key=vendor.teams[1].p8) == refused
        assert await tell(vendor, driver, cases, teamId="TEAM000009") == refused
        assert not vendor.accepted


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (SOURCES / "package-lock.json").read_text("utf-8")
