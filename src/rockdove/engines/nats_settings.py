"""NATS's configuration."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from rockdove.config import Nats as NatsSettings
from rockdove.engines.jwt import ACCOUNT_DISK_BYTES, ACCOUNT_MEMORY_BYTES, account_jwt, operator_jwt, system_account_jwt
from rockdove.engines.keys import Identity, public_key
from rockdove.engines.tls import TlsFiles


class Ports(NamedTuple):
    """Where the server listens."""

    client: int
    mqtt: int
    websocket: int


_TEXT = """\
# Written at every start.

server_name: rockdove
host: {host}
port: {client_port}
{tls}

mqtt {{ host: {host}, port: {mqtt_port}{tls_member}, reject_qos2_publish: true }}
websocket {{ host: {host}, port: {websocket_port}{websocket_tls}, same_origin: false, compression: false }}

# Who may do what says the token that a client brings.
operator: {operator}
system_account: {system_account}
resolver: MEMORY
resolver_preload: {{
  {system_account}: {system_account_jwt}
  {account}: {account_jwt}
}}

# MQTT sessions, no messages of ours.
jetstream {{ store_dir: {store}, max_memory_store: {memory_bytes}, max_file_store: {disk_bytes} }}

max_connections: {max_connections}
# A CONNECT line carries a token of about 900 bytes and what the client says of itself.
max_control_line: 8KB
# A bundle of receipts; our own messages have 4 KB. By MQTT this is the only limit there is.
max_payload: 64KB
# A silent phone costs its mobile operator a wake-up with each ping: seldom, and gone after two unanswered.
ping_interval: "4m"
ping_max: 2
# One that does not read holds up nobody: it is closed.
write_deadline: "10s"
# A token is checked within this; a connection that says nothing is closed.
authorization {{ timeout: 5 }}
# For an administrator's `kill -USR2`: lets clients go one by one.
lame_duck_grace_period: "5s"
lame_duck_duration: "30s"
logtime_utc: true
# Clients that come and go are devices' everyday life, not errors.
connect_error_reports: 3600
"""


def configuration(settings: NatsSettings, ports: Ports, identity: Identity, store: Path, tls: TlsFiles | None) -> str:
    """The text of nats.conf. No monitoring port, no private key of ours but the TLS one, by path."""
    system_account, account = public_key(identity.system_account), public_key(identity.account)
    tls_block = _tls(tls)
    return _TEXT.format(
        host=_quoted(settings.host),
        client_port=ports.client,
        mqtt_port=ports.mqtt,
        websocket_port=ports.websocket,
        # Our own processes speak to the server in the clear, on this machine; devices are told the TLS address.
        tls=f"{tls_block}\nallow_non_tls: true" if tls else "",
        tls_member=f", {tls_block}" if tls else "",
        websocket_tls=f", {tls_block}" if tls else ", no_tls: true",
        operator=operator_jwt(identity.operator, system_account),
        system_account=system_account,
        system_account_jwt=system_account_jwt(identity.operator, system_account),
        account=account,
        account_jwt=account_jwt(identity.operator, account),
        store=_quoted(str(store)),
        memory_bytes=ACCOUNT_MEMORY_BYTES,
        disk_bytes=ACCOUNT_DISK_BYTES,
        max_connections=settings.max_connections,
    )


def _tls(files: TlsFiles | None) -> str:
    if files is None:
        return ""
    certificate, key = (_quoted(str(file)) for file in files)
    return f"tls {{ cert_file: {certificate}, key_file: {key}, timeout: 10 }}"


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()
