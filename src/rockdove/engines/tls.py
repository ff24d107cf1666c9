"""The certificate devices see: checked before the server starts, and where its user can read it.

A private key is usually readable by root only, and the engines don't run as root: they get a copy in conf/. A renewed
certificate is taken over at the next start.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NamedTuple

from rockdove.config import ConfigError
from rockdove.config import Nats as NatsSettings
from rockdove.engines.data_folder import DataFolder


class TlsFiles(NamedTuple):
    certificate: Path
    key: Path


def tls_files(settings: NatsSettings, folder: DataFolder) -> TlsFiles | None:
    """Copies for the engines, or None: no TLS. Raises ConfigError naming the setting."""
    if not settings.tls_certificate and not settings.tls_key:
        return None
    if not (settings.tls_certificate and settings.tls_key):
        raise ConfigError("nats.tls_certificate and nats.tls_key are needed together")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_certificate, settings.tls_key)
        certificate, key = (Path(path).read_text() for path in (settings.tls_certificate, settings.tls_key))
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        files = f"{settings.tls_certificate}, {settings.tls_key}"
        raise ConfigError(f"nats.tls_certificate, nats.tls_key: {files}: {error}") from None
    return TlsFiles(folder.write_conf("tls-certificate.pem", certificate), folder.write_conf("tls-key.pem", key))
