"""Files for download, streamed as they are made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import StreamingResponse


async def begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Have the first piece before the headers leave: what is not there is then still a 404."""
    first = await anext(pieces, b"")

    async def all_pieces() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_pieces()


def download(pieces: AsyncIterator[bytes], name: str, media_type: str = "text/csv; charset=utf-8") -> Response:
    disposition = f"attachment; filename*=utf-8''{quote(name)}"
    return StreamingResponse(pieces, media_type=media_type, headers={"Content-Disposition": disposition})
