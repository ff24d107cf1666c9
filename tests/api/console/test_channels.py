"""Vendors' channels in the console API: who may set them up, that no secret comes out again, what a test finds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg
import pytest

from rockdove.api.console import channels as console_channels
from rockdove.channels.registry import PROVIDERS
from rockdove.channels.settings import fields
from rockdove.testing.vendors.server import Fault
from rockdove.testing.vendors.xiaomi import FakeXiaomi
from tests.console import Answer, Browser, administrator, member
from tests.fake_vendors import running
from tests.server import Server

SECRET = "hush-hush-0815"


class Channel(NamedTuple):
    """The Xiaomi channel of an application, as somebody has it in the console."""

    browser: Browser
    access_id: int

    def call(self, method: str, path: str = "", body: Any = None, *, channel: str = "xm") -> Answer:
        return self.browser.call(method, f"/apps/{self.access_id}/channels/{channel}{path}", body)

    def save(self, **settings: Any) -> Answer:
        return self.call("PUT", body={"settings": settings})

    @property
    def now(self) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET").json
        return found

    def by(self, browser: Browser) -> Channel:
        return self._replace(browser=browser)

    def audited(self) -> list[dict[str, Any]]:
        """Newest first."""
        found: list[dict[str, Any]] = self.browser.get(f"/apps/{self.access_id}/audit")
        return found


@pytest.fixture
def channel(server: Server) -> Iterator[Channel]:
    channel = Channel(administrator(server), server.app("Sells over Xiaomi")["access_id"])
    yield channel
    channel.call("DELETE")


@pytest.fixture(scope="module")
def xiaomi() -> Iterator[FakeXiaomi]:
    with running(FakeXiaomi()) as vendor:
        yield vendor


def test_every_channel_of_the_platform_is_listed(server: Server, channel: Channel) -> None:
    listed = channel.browser.get(f"/apps/{channel.access_id}/channels")
    android = [name for name, provider in PROVIDERS.items() if "android" in provider.platforms]
    assert [one["channel"] for one in listed] == android
    xm = next(one for one in listed if one["channel"] == "xm")
    assert xm == {
        "channel": "xm", "title": "Xiaomi", "configured": False, "enabled": False, "fault": "", "changed_at": None,
        "credentials_end": None, "stopped_until": None, "stop_reason": "", "used_today": {}, "check": None,
    }  # fmt: skip
    elsewhere = Channel(channel.browser, server.app("Sells to iPhones", "ios")["access_id"])
    refused = elsewhere.save(app_secret=SECRET)
    assert (refused.status, "an application for ios has no channel xm" in refused.json["detail"]) == (404, True)
    assert elsewhere.call("GET", channel="nonesuch").status == 404


def test_a_form_says_what_each_field_is(channel: Channel) -> None:
    form = {field["name"]: field for field in channel.now["fields"]}
    assert form.keys() == {field.name for field in fields(PROVIDERS["xm"].settings)}
    assert form["app_secret"] == {
        "name": "app_secret", "title": "App Secret", "kind": "secret", "required": True, "default": None,
        "choices": {}, "advanced": False, "description": form["app_secret"]["description"],
    }  # fmt: skip
    assert form["region"]["kind"] == "choice"
    assert form["region"]["choices"]["china"] == "Mainland China"
    assert (form["server"]["advanced"], form["daily_quota"]["kind"]) == (True, "number")


def test_secrets_go_in_and_never_come_out(server: Server, channel: Channel) -> None:
    proxy = f"http://someone:{SECRET}@127.0.0.1:9"
    saved = channel.save(app_secret=SECRET, proxy=proxy, package_name="com.example.shop")
    assert saved.status == 200
    assert saved.json["settings"] == {"package_name": "com.example.shop"}
    assert sorted(saved.json["kept_secrets"]) == ["app_secret", "proxy"]
    tested = channel.call("POST", "/test", {"settings": {"app_secret": "", "server": "https://127.0.0.1:9"}})
    answers = [saved.body, tested.body, channel.call("GET").body, json.dumps(channel.audited()).encode()]
    answers += [channel.call("PUT", body={"settings": SECRET}).body]  # which is no settings at all
    assert [SECRET.encode() in text for text in answers] == [False] * 5
    assert SECRET not in server.log.read_text("utf-8", "replace")
    with psycopg.connect(server.settings.postgres.url) as connection:
        rows = connection.execute("SELECT row_to_json(s)::text FROM channel_settings s").fetchall()
        assert rows
        assert all(SECRET not in text and SECRET.encode().hex() not in text for (text,) in rows)


def test_a_secret_left_out_is_kept_and_null_takes_it_away(channel: Channel) -> None:
    channel.save(app_secret=SECRET, proxy="http://127.0.0.1:9")
    assert sorted(channel.save(app_secret="", daily_quota=20_000).json["kept_secrets"]) == ["app_secret", "proxy"]
    assert channel.save(proxy=None).json["kept_secrets"] == ["app_secret"]
    refused = channel.save(app_secret=None)
    assert (refused.status, refused.json["field"]) == (422, "app_secret")
    assert channel.now["kept_secrets"] == ["app_secret"]


@pytest.mark.parametrize(
    ("settings", "field", "says"),
    [
        ({}, "app_secret", "App Secret: is needed"),
        ({"app_secret": SECRET, "daily_quota": "many"}, "daily_quota", "Public messages a day: a whole number"),
        ({"app_secret": SECRET, "daily_quota": -1}, "daily_quota", "Public messages a day"),
        ({"app_secret": SECRET, "region": "mars"}, "region", "Region: one of china, global"),
        ({"app_secret": SECRET, "server": "http://plain"}, "server", "Server"),
        ({"app_secret": SECRET, "colour": "red"}, "", "Xiaomi has no setting colour"),
    ],
)
def test_a_refusal_names_the_field_and_leaves_nothing(
    channel: Channel, settings: dict[str, Any], field: str, says: str
) -> None:
    for refused in (channel.save(**settings), channel.call("POST", "/test", {"settings": settings})):
        assert (refused.status, refused.json["field"]) == (422, field)
        assert says in refused.json["detail"]
    assert channel.now["configured"] is False


def test_who_may_do_what(server: Server, channel: Channel) -> None:
    channel.save(app_secret=SECRET)
    operator = channel.by(member(server, "Olga of channels", {channel.access_id: "operator"}))
    stranger = channel.by(member(server, "Nobody of channels", {}))
    for method, path, body in (
        ("PUT", "", {"settings": {"app_secret": "other"}}),
        ("PUT", "/status", {"enabled": False}),
        ("POST", "/test", {}),
        ("DELETE", "", None),
    ):
        assert operator.call(method, path, body).status == 403
        assert stranger.call(method, path, body).status == 404
    assert operator.call("POST", "/resume").status == 200
    assert stranger.call("GET").status == 404
    assert (operator.now["enabled"], operator.now["kept_secrets"]) == (True, ["app_secret"])
    assert operator.now["receipt_url"] == ""  # whoever knows it can report in the vendor's name
    assert channel.now["receipt_url"].startswith(f"{server.url}/r/xm/{channel.access_id}/")


def test_switched_off_and_on_and_removed(channel: Channel) -> None:
    assert channel.call("PUT", "/status", {"enabled": True}).status == 409
    channel.save(app_secret=SECRET)
    assert channel.call("PUT", "/status", {"enabled": False}).json["enabled"] is False
    assert channel.save(daily_quota=1).json["enabled"] is False  # as it was
    assert channel.call("PUT", "/status", {"enabled": True}).json["enabled"] is True
    assert channel.call("DELETE").status == 204
    assert (channel.now["configured"], channel.now["kept_secrets"]) == (False, [])
    assert channel.call("DELETE").status == 409
    assert channel.call("POST", "/test", {}).status == 409
    assert [entry["action"] for entry in channel.audited()[:5]] == [
        "DeleteChannel", "UpdateChannelStatus", "ModifyChannel", "UpdateChannelStatus", "ModifyChannel"
    ]  # fmt: skip
    assert channel.audited()[4]["detail"] == {"enabled": True, "settings": {}, "secrets_given": ["app_secret"]}


def test_credentials_are_tried_before_they_are_saved(channel: Channel, xiaomi: FakeXiaomi) -> None:
    wrong = xiaomi.settings() | {"app_secret": "wrong"}
    found = channel.call("POST", "/test", {"settings": wrong}).json
    assert (found["outcome"], "App Secret" in found["says"]) == ("refused", True)
    found = channel.call("POST", "/test", {"settings": xiaomi.settings()}).json
    assert (found["outcome"], found["expires_at"]) == ("accepted", None)
    assert channel.now["configured"] is False
    assert channel.audited()[0]["detail"] == {"outcome": "accepted", "says": found["says"], "stored": False}
    assert xiaomi.accepted.total() == 0


def test_what_a_test_of_stored_settings_finds_is_kept_until_they_change(channel: Channel, xiaomi: FakeXiaomi) -> None:
    channel.save(**xiaomi.settings())
    assert channel.now["check"] is None
    found = channel.call("POST", "/test", {}).json
    assert (found["outcome"], channel.now["check"]) == ("accepted", found)
    channel.call("PUT", "/status", {"enabled": False})
    assert channel.now["check"] == found
    channel.save(**xiaomi.settings() | {"daily_quota": 5})
    assert channel.now["check"] is None


def test_a_vendor_that_can_t_be_asked_is_no_refusal(channel: Channel, xiaomi: FakeXiaomi) -> None:
    away = channel.call("POST", "/test", {"settings": xiaomi.settings() | {"server": "https://127.0.0.1:9"}}).json
    assert (away["outcome"], "can't be reached" in away["says"]) == ("unanswered", True)
    for fault in (Fault.CUT, Fault.GARBAGE, Fault.BUSY):
        xiaomi.fault = fault
        found = channel.call("POST", "/test", {"settings": xiaomi.settings()}).json
        xiaomi.fault = Fault.NONE
        assert (found["outcome"], "can't be reached" in found["says"]) == ("unanswered", True)


def test_a_stop_is_shown_and_cleared(server: Server, channel: Channel) -> None:
    channel.save(app_secret=SECRET)

    def stop() -> None:
        with psycopg.connect(server.settings.postgres.url) as connection:
            connection.execute(
                "INSERT INTO channel_pace (access_id, channel, stopped_until, stop_reason)"
                " VALUES (%s, 'xm', now() + interval '1 hour', 'quota used up') ON CONFLICT (access_id, channel)"
                " DO UPDATE SET stopped_until = excluded.stopped_until, stop_reason = excluded.stop_reason",
                (channel.access_id,),
            )

    stop()
    assert (channel.now["stop_reason"], bool(channel.now["stopped_until"])) == ("quota used up", True)
    assert channel.call("POST", "/resume").json["stopped_until"] is None
    stop()
    channel.save(daily_quota=7)  # what it was stopped for may be what was changed
    assert channel.now["stopped_until"] is None
    assert [entry["action"] for entry in channel.audited()[:2]] == ["ModifyChannel", "ResumeChannel"]


def test_what_was_used_today_is_shown(server: Server, channel: Channel) -> None:
    channel.save(app_secret=SECRET)
    with psycopg.connect(server.settings.postgres.url) as connection:
        connection.execute(
            "INSERT INTO channel_quota_days (access_id, channel, day, message_class, used) VALUES"
            " (%s, 'xm', (now() AT TIME ZONE 'Asia/Shanghai')::date, 'public', 1234)",
            (channel.access_id,),
        )
    assert channel.now["used_today"] == {"public": 1234}


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=lambda provider: provider.name)
def test_every_field_can_be_shown(provider: Any) -> None:
    """Whatever a provider declares, the form has a place for."""
    for field in fields(provider.settings):
        shown = console_channels.ChannelField(**field._asdict())
        assert shown.title
