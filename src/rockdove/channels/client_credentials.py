"""Access tokens by OAuth 2's client credentials (RFC 6749, 4.4), as Huawei and Honor hand them out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from rockdove.channels.access import STOP_SECONDS
from rockdove.channels.batch_vendor import said
from rockdove.channels.channel import ChannelAwayError, ChannelStoppedError
from rockdove.channels.http import HttpError, Server
from rockdove.channels.tokens import Token

DEFAULT_SECONDS = 3600


async def fetch(server: Server, path: str, client_id: str, client_secret: str, vendor: str) -> Token:
    """Raises ChannelStoppedError when `vendor` (as it is called) refuses the credentials, ChannelAwayError."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    try:
        answer = await server.post(path, urlencode(form).encode(), ("Content-Type: application/x-www-form-urlencoded",))
    except HttpError as error:
        raise ChannelAwayError(str(error)) from error
    found = said(answer)
    if token := found.get("access_token"):
        seconds = found.get("expires_in")
        life = timedelta(seconds=seconds if isinstance(seconds, int) else DEFAULT_SECONDS)
        return Token(str(token), datetime.now(UTC) + life)
    if "error" in found and answer.status != 429 and answer.status < 500:
        why = found.get("error_description") or found["error"]
        raise ChannelStoppedError(f"{vendor} refuses Client ID and Client secret: {why}", STOP_SECONDS)
    raise ChannelAwayError(f"{vendor} gives no access token: HTTP {answer.status}")
