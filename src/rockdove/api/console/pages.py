"""The console's pages: the files that `./dev console` builds from console/, as a browser is to keep and to trust them.

What lies under assets/ carries the hash of its content in its name and is kept for good; every other address is
index.html, which is asked for each time and whose script shows the page of the address. Compressed copies lie beside
the files.

The Content-Security-Policy allows our own scripts and no others. Styles may be inline: Ant Design writes its style
sheets when they are needed, and its scroll lock does so without the nonce that it takes elsewhere, so a nonce would
break every dialog. Images may come from any https address, because the preview of a notification shows its picture.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

BUILT = Path(__file__).parents[2] / "console_pages"
ASSETS = "assets/"
FOREVER = "public, max-age=31536000, immutable"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""Best first."""
NOT_BUILT = """The console's pages are not built.

In a clone: ./dev console   (needs Node.js 20 or newer with npm; ./dev serve does it by itself when they are there)
A wheel from a release has them inside. The APIs work without them.
"""


def routes(device_address: str, folder: Path = BUILT) -> list[Route]:
    """`device_address`: where devices connect over WebSocket (the virtual phone does); empty: nowhere."""
    pages = _Pages(folder, device_address)
    return [
        Route("/", _to_console),
        Route("/console", _to_console),
        Route("/console/{path:path}", pages.answer),
    ]


async def _to_console(_: Request) -> Response:
    return RedirectResponse("/console/")


class _Pages:
    def __init__(self, folder: Path, device_address: str) -> None:
        self._folder = folder
        self._headers = {
            "Content-Security-Policy": _policy(device_address),
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        }

    async def answer(self, request: Request) -> Response:
        path: str = request.path_params["path"]
        file = self._file(path)
        if file is None and path.startswith(ASSETS):  # of an older build: a page in its place would be run as a script
            return PlainTextResponse("There is no such file; load the page again.\n", HTTPStatus.NOT_FOUND)
        file = file or self._folder / "index.html"
        if not file.is_file():
            return PlainTextResponse(NOT_BUILT, HTTPStatus.SERVICE_UNAVAILABLE)
        headers = {**self._headers, "Vary": "Accept-Encoding"}
        headers["Cache-Control"] = FOREVER if path.startswith(ASSETS) else "no-cache"
        sent, encoding = _smallest(file, request.headers.get("accept-encoding", ""))
        if encoding:
            headers["Content-Encoding"] = encoding
        return FileResponse(sent, headers=headers, media_type=TYPES[file.suffix])

    def _file(self, path: str) -> Path | None:
        file = (self._folder / path).resolve()
        known = file.suffix in TYPES and file.is_relative_to(self._folder.resolve())
        return file if known and file.is_file() else None


def _smallest(file: Path, accepted: str) -> tuple[Path, str]:
    """The file, or its best compressed copy the client takes, and how that is encoded."""
    offers = [offer.replace(" ", "").split(";") for offer in accepted.lower().split(",")]
    taken = {name for name, *parameters in offers if not {"q=0", "q=0.0", "q=0.00", "q=0.000"} & set(parameters)}
    for encoding, suffix in ENCODINGS.items():
        copy = file.with_name(file.name + suffix)
        if encoding in taken and copy.is_file():
            return copy, encoding
    return file, ""


def _policy(device_address: str) -> str:
    address = urlsplit(device_address)
    devices = f" {address.scheme}://{address.netloc}" if address.netloc else ""
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob: https:",
        "font-src": "'self'",
        "connect-src": f"'self'{devices}",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
