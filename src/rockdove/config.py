"""Configuration: one typed tree, read from a TOML file and from the environment.

`rockdove.toml` holds tables named like the classes below; a variable `ROCKDOVE_HTTP__PORT=8080` sets `http.port` and
wins over the file; lists are written as JSON. Nothing configured is a complete configuration: the engines are then
started under the data folder. A value that does not fit is refused by name before anything starts.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

PREFIX = "ROCKDOVE_"
OF_THE_COMMAND_LINE = frozenset(PREFIX + name for name in ("CONFIG", "URL", "ACCESS_ID", "ACCESS_KEY", "SECRET_KEY"))
"""What `rockdove push` and others read their options from: no settings, and no mistake in a server's environment."""

Port = Annotated[int, Meta(ge=0, le=65535)]
Positive = Annotated[int, Meta(ge=1)]
Count = Annotated[int, Meta(ge=0)]


class ConfigError(ValueError):
    """The configuration can't be used; the text names the setting."""


class Http(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: str = ""
    """What clients outside call us; default: http://host:port."""
    tls_certificate: str = ""
    tls_key: str = ""
    auth_failure_status: Annotated[int, Meta(ge=200, le=499)] = 403
    """TPNS answers a wrong key with HTTP 403; some clients only read bodies of 200."""
    processes: Positive = 1


class Postgres(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str = ""
    """postgresql://user:password@host/database of your own server; empty: one is started under the data folder."""
    pool_size: Positive = 8
    """Connections of each process."""


class Nats(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str = ""
    """nats://host:port of your own server or cluster (operator mode); empty: one is started under the data folder."""
    account_seed: str = ""
    """Signing seed (SA…) of the account devices live in. Needed with `url`."""
    system_user_jwt: str = ""
    system_user_seed: str = ""
    """A user of the system account: presence is read with it. Needed with `url`."""
    host: str = "127.0.0.1"
    """Where the embedded server listens."""
    port: Port = 4222
    mqtt_port: Port = 1883
    websocket_port: Port = 8083
    tls_certificate: str = ""
    tls_key: str = ""
    public_mqtt: str = ""
    """What devices are told, e.g. mqtts://push.example.com:8883; default: the listening address."""
    public_websocket: str = ""
    public_nats: str = ""
    max_connections: Positive = 1_000_000


class Packages(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    store: str = ""
    """file:///folder or s3://bucket/prefix; default: the folder `packages` in the data folder."""
    max_file_bytes: Positive = 100 * 1024 * 1024
    max_uncompressed_bytes: Positive = 1024 * 1024 * 1024
    max_accounts: Positive = 40_000_000
    line_policy: Annotated[str, Meta(pattern="^(skip|strict)$")] = "skip"
    """strict: one bad line refuses the file."""
    uploads_per_app: Positive = 4
    """Uploads of one application in flight."""
    parses_at_once: Positive = 2
    """Files being parsed at the same time, in processes of their own."""
    disk_budget_bytes: Positive = 100 * 1024 * 1024 * 1024
    """All stored packages together; above it uploads are refused."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """TPNS's, by default; of the counts 0 means: no limit."""

    json_body_bytes: Positive = 2 * 1024 * 1024
    signature_max_skew_seconds: Count = 600
    """0: any time stamp."""
    registrations_at_once: Positive = 64

    bulk_pushes_per_second: Count = 1
    """Of each of all, tag, package_account_push, package_token_push, per application."""
    repeat_window_seconds: Count = 3600
    """`all` with the same content is refused for so long."""
    statistics_per_hour: Count = 200
    """Of each statistics endpoint, per application; hours of its time zone."""
    plans_per_day: Count = 200
    idempotency_hours: Positive = 24
    """How long an Idempotency-Key answers for the call that it came with."""

    message_bytes: Count = 4096
    """Of `message`, as compact UTF-8 JSON."""
    push_targets: Count = 1000
    """Tokens or accounts listed in a push."""
    push_tags: Count = 500
    """Tags in the rules of a push."""
    push_attributes: Count = 5
    """Attributes a personalised push names."""
    schedule_ahead_days: Count = 90
    schedule_late_seconds: Count = 600
    """A time to send at in the past is taken as now up to here, and refused beyond."""
    loop_occurrences: Count = 366
    strict_schedule_audience: bool = False
    """Refuse `send_time` and `loop_param` for other audiences than all, tag and packages, for which TPNS documents
    them, instead of keeping to them."""

    binding_tokens: Count = 20
    """Tokens in one call that binds accounts."""
    binding_accounts: Count = 32
    """Accounts of one token in such a call."""
    listed_accounts: Count = 1000
    """Accounts or tokens in any other call about accounts."""
    tags_per_app: Count = 10_000
    tags_per_device: Count = 100
    tag_bytes: Count = 50
    tag_call_items: Count = 500
    """Tokens, tags or pairs of them in one call about tags."""
    deleted_tags: Count = 100
    """Tags in one call that deletes them everywhere."""
    attributes_per_device: Count = 50
    attribute_bytes: Count = 50
    """Of a name, and of a value."""


class Dispatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    slice_devices: Annotated[int, Meta(ge=1, le=1_000_000)] = 50_000
    batch_devices: Annotated[int, Meta(ge=1, le=100_000)] = 5_000
    """Published between two flushes; the most a crash repeats."""
    lease_seconds: Positive = 10
    slices_at_once: Positive = 2
    """Of the own channel …"""
    vendor_slices_at_once: Positive = 16
    """… and of the vendors', which mostly wait for answers; at most two of the same channel of an application."""
    confirm_seconds: Positive = 10
    """A device that looks connected and does not confirm for so long is tried over its vendor's channel."""
    fake_channels: tuple[str, ...] = ()
    """Vendor channels (hw, xm, …) played by a fake whose tokens decide the outcome: to try a set-up out, never to
    serve."""


class Channels(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The vendors' channels, as far as they concern the whole server; the rest is each application's own."""

    secrets_key: Annotated[str, Meta(pattern="^([0-9a-fA-F]{64})?$")] = ""
    """What credentials in the database are sealed with, 64 hexadecimal digits; the same on every machine. Empty: one is
    made in the data folder."""
    ca_file: str = ""
    """Certificate authorities to trust instead of the usual ones (PEM), e.g. those of a proxy that looks inside."""
    proxy: str = ""
    """http://, https:// or socks5h:// of the way out, for channels that name none of their own."""


class Devices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    credential_hours: Positive = 24
    """How long a device's JWT lasts, ± 20 % so that expiries spread."""
    grace_days: Count = 90
    """A device is unavailable 90 days after it was last seen, and deleted so many days later; 0: it is kept."""


class Statistics(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    refresh_seconds: Positive = 60
    """How often what the console shows at a glance is counted anew: devices, tags, totals of pushes; less often where
    counting takes long."""
    push_days: Annotated[int, Meta(ge=7)] = 90
    """So long after it went out a push that is over is forgotten, with what became of its devices. Days keep their
    figures."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    data: str = ""
    """The data folder; default: /var/lib/rockdove as root, else ~/.local/share/rockdove."""
    default_timezone: str = "Asia/Shanghai"
    log_level: Annotated[str, Meta(pattern="^(debug|info|warning|error)$")] = "info"
    http: Http = Http()
    postgres: Postgres = Postgres()
    nats: Nats = Nats()
    packages: Packages = Packages()
    limits: Limits = Limits()
    dispatch: Dispatch = Dispatch()
    channels: Channels = Channels()
    devices: Devices = Devices()
    statistics: Statistics = Statistics()

    @property
    def data_folder(self) -> Path:
        """Absolute; need not exist yet."""
        return (Path(self.data).expanduser() if self.data else default_data_folder()).absolute()


def default_data_folder() -> Path:
    return Path("/var/lib/rockdove") if os.geteuid() == 0 else Path.home() / ".local/share/rockdove"


def load(file: Path | None = None, environment: dict[str, str] | None = None) -> Settings:
    """Read `file` (TOML), then the environment over it.

    Raises ConfigError naming the file or the setting at fault.
    """
    tree = _read(file) if file else {}
    for name, value in (os.environ if environment is None else environment).items():
        if name.startswith(PREFIX) and name not in OF_THE_COMMAND_LINE:
            _set(tree, name.removeprefix(PREFIX).lower().split("__"), _value(value))
    try:
        return msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"configuration: {error}") from None


def to_json(settings: Settings) -> bytes:
    """What `load` reads back; used to hand the effective configuration to child processes."""
    return msgspec.json.encode(settings)


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text("utf-8")
        return msgspec.json.decode(text, type=dict[str, Any]) if file.suffix == ".json" else tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.DecodeError) as error:
        raise ConfigError(f"configuration file {file}: {error}") from None


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text, type=list[str]) if text.startswith("[") else text
    except msgspec.DecodeError:
        return text


def _set(tree: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
    tree[path[-1]] = value
