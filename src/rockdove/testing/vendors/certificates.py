"""The authority that all fakes of a process have their certificates from, and certificates that are no good."""

from __future__ import annotations

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import trustme

TlsFault: TypeAlias = Literal["", "name", "expired", "authority"]
"""What is wrong with a server's certificate: it is another host's, it is over, nobody knows who signed it."""


class ClientCertificate(NamedTuple):
    """Both PEM."""

    certificate: bytes
    key: bytes


@cache
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Rockdove's fake vendors")


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Goes with the process."""
    return tempfile.TemporaryDirectory(prefix="rockdove-fakes-")


@cache
def authority_file() -> Path:
    """What a client of the fakes trusts, PEM; one for all of them."""
    path = Path(_folder().name) / "authority.pem"
    authority().cert_pem.write_to_path(str(path))
    return path


def server_context(protocols: list[str], fault: TlsFault, *, asks_for_certificate: bool) -> ssl.SSLContext:
    signer = trustme.CA(organization_name="Nobody's") if fault == "authority" else authority()
    hosts = ["elsewhere.example"] if fault == "name" else ["localhost", "127.0.0.1", "::1"]
    until = datetime.now(UTC) - timedelta(days=1) if fault == "expired" else None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    signer.issue_cert(*hosts, not_after=until).configure_cert(context)
    context.set_alpn_protocols(protocols)
    if asks_for_certificate:
        context.verify_mode = ssl.CERT_OPTIONAL
        authority().configure_trust(context)
    return context


def client_certificate(name: str, *, expired: bool = False) -> ClientCertificate:
    """One that the fakes trust. `name` as a host name or an address of mail."""
    until = datetime.now(UTC) - timedelta(days=1) if expired else None
    issued = authority().issue_cert(name, common_name=name, not_after=until)
    return ClientCertificate(issued.cert_chain_pems[0].bytes(), issued.private_key_pem.bytes())
