"""`rockdove channel`: setting a vendor's channel up, with what is secret going in and never coming out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rockdove.channels.vapid import Vapid, generate_keys
from rockdove.testing.vendors.apns import CERTIFICATE_PASSWORD, p12
from tests.server import Server

KEYS = generate_keys()
GIVEN = [f"vapid_private_key={KEYS.private_key}", "subject=mailto:push@example.com"]
AWAY = "server=https://localhost:9"
"""Nobody listens there."""


@pytest.fixture
def access_id(server: Server) -> Iterator[str]:
    access_id = str(server.app("Channels by hand")["access_id"])
    yield access_id
    server.cli("channel", "remove", access_id, "webpush", check=False)


def stored(server: Server, access_id: str) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = json.loads(server.cli("channel", "list", access_id, "--json").stdout)
    return shown


def test_set_change_and_remove(server: Server, access_id: str) -> None:
    said = server.cli("channel", "set", access_id, "webpush", *GIVEN, "--untested").stdout
    assert f"Saved: Web Push for {access_id}." in said
    [found] = stored(server, access_id)
    assert found["settings"] == {"subject": "mailto:push@example.com"}
    assert (found["kept_secrets"], found["enabled"]) == (["vapid_private_key"], True)
    changes = ["urgency=normal", "devices_per_second=500", "subject=https://example.com/contact"]
    server.cli("channel", "set", access_id, "webpush", *changes, "--untested", "--off")
    [found] = stored(server, access_id)
    assert found["settings"] == {
        "subject": "https://example.com/contact", "urgency": "normal", "devices_per_second": 500,
    }  # fmt: skip
    assert (found["kept_secrets"], found["enabled"]) == (["vapid_private_key"], False)
    server.cli("channel", "set", access_id, "webpush", "urgency=", "--untested")
    [found] = stored(server, access_id)
    assert "urgency" not in found["settings"]
    assert not found["enabled"]
    table = server.cli("channel", "list", access_id).stdout
    assert "off" in table
    assert "not set up" in table
    assert KEYS.private_key not in table + said
    server.cli("channel", "remove", access_id, "webpush")
    assert stored(server, access_id) == []
    assert "not set up" in server.cli("channel", "remove", access_id, "webpush", check=False).stderr


def test_the_end_of_a_certificate_is_listed(server: Server) -> None:
    """Known without a test, and named where it has passed."""
    app = str(server.app("Sells to iPhones by hand", "ios")["access_id"])
    given = ["bundle_id=com.example.shop", f"certificate={p12('com.example.shop')}"]
    server.cli("channel", "set", app, "apns", *given, f"certificate_password={CERTIFICATE_PASSWORD}", "--untested")
    (found,) = stored(server, app)
    ends = datetime.fromisoformat(found["credentials_end"])
    assert ends > datetime.now(UTC)
    assert f"on until {ends:%Y-%m-%d}" in " ".join(server.cli("channel", "list", app).stdout.split())


def test_a_secret_from_a_file(server: Server, access_id: str, tmp_path: Path) -> None:
    path = tmp_path / "vapid.txt"
    path.write_text(f"{KEYS.private_key}\n")
    server.cli("channel", "set", access_id, "webpush", f"vapid_private_key=@{path}", GIVEN[1], "--untested")
    assert stored(server, access_id)[0]["kept_secrets"] == ["vapid_private_key"]


def test_a_vendor_that_does_not_answer(server: Server, access_id: str) -> None:
    """Nobody knows whether the credentials are good: they are saved, and it is said."""
    done = server.cli("channel", "set", access_id, "webpush", *GIVEN, AWAY)
    assert "Nobody knows" in done.stderr
    assert "can't be reached" in done.stdout
    [found] = stored(server, access_id)
    assert found["check"]["outcome"] == "unanswered"
    done = server.cli("channel", "test", access_id, "webpush", check=False)
    assert done.returncode == 1
    assert "can't be reached" in done.stderr


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (["vapid_private_key=nonsense", "subject=mailto:push@example.com"], "VAPID private key: neither"),
        ([GIVEN[0]], "Contact: is needed"),
        ([GIVEN[0], "subject=push"], "Contact: "),
        ([*GIVEN, "colour=red"], "no setting 'colour'"),
        ([*GIVEN, "urgency=now"], "Urgency: "),
        ([*GIVEN, "devices_per_second=many"], "'many' is no number"),
        ([GIVEN[1], "vapid_private_key=@/nowhere/at/all"], "/nowhere/at/all: No such file"),
    ],
)
def test_what_can_not_be_leaves_nothing_behind(server: Server, access_id: str, given: list[str], text: str) -> None:
    done = server.cli("channel", "set", access_id, "webpush", *given, "--untested", check=False)
    assert done.returncode == 2
    assert text in done.stderr
    assert stored(server, access_id) == []


def test_what_is_not_there(server: Server, access_id: str) -> None:
    assert "There is no channel 'pigeon'" in server.cli("channel", "fields", "pigeon", check=False).stderr
    assert "no application 1 " in server.cli("channel", "list", "1", check=False).stderr
    assert "not set up" in server.cli("channel", "test", access_id, "xm", check=False).stderr
    ios = str(server.app("Channels of an iPhone", "ios")["access_id"])
    refused = server.cli("channel", "set", ios, "xm", "app_secret=x", check=False)
    assert "is an application for ios" in refused.stderr


def test_fields_and_keys(server: Server) -> None:
    told = server.cli("channel", "fields", "webpush").stdout
    assert "* vapid_private_key" in told
    assert "high (High), normal (Normal), low (Low), very-low (Very low)" in told
    words = server.cli("channel", "keys").stdout.split()
    private, public = words[1], words[-1]
    assert Vapid(private, "mailto:a@b.cd").public_key == public
