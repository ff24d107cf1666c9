"""`rockdove serve` and the processes it runs; each can also be run alone, on machines of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from rockdove import config as configuration
from rockdove.cli.local import ConfigFile, DataFolder
from rockdove.observe import set_up_logging

Supervised = Annotated[bool, typer.Option("--supervised", hidden=True)]


def serve(
    data: DataFolder = None,
    config: ConfigFile = None,
    host: Annotated[str | None, typer.Option(help="Where HTTP, MQTT and NATS listen.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="HTTP; 0 picks a free port.")] = None,
    mqtt_port: Annotated[int | None, typer.Option(min=0, max=65535, help="MQTT; 0 picks a free port.")] = None,
    ws_port: Annotated[int | None, typer.Option(min=0, max=65535, help="MQTT over WebSocket; 0 picks.")] = None,
    nats_port: Annotated[int | None, typer.Option(min=0, max=65535, help="NATS; 0 picks a free port.")] = None,
) -> None:
    """Run everything: PostgreSQL and NATS (unless configured elsewhere), API, worker, gateway. Ctrl-C stops it all."""
    from rockdove.runtime.supervisor import Supervisor

    settings = configuration.load(config)
    if data:
        settings = msgspec.structs.replace(settings, data=str(data.absolute()))
    http = _given(host=host, port=port)
    nats = _given(host=host, mqtt_port=mqtt_port, websocket_port=ws_port, port=nats_port)
    settings = msgspec.structs.replace(
        settings,
        http=msgspec.structs.replace(settings.http, **http),
        nats=msgspec.structs.replace(settings.nats, **nats),
    )
    set_up_logging(settings.log_level, "serve")
    asyncio.run(Supervisor(settings).run())


def api(
    config: ConfigFile = None,
    socket: Annotated[int | None, typer.Option(hidden=True, help="An open listening socket.")] = None,
    supervised: Supervised = False,
) -> None:
    """Run the REST, device and console API alone."""
    import uvloop

    from rockdove.runtime import api as process

    settings = _process_settings(config, "api")
    uvloop.run(process.run(settings, socket=socket, supervised=supervised))


def worker(
    config: ConfigFile = None,
    name: Annotated[str, typer.Option(help="Unique among all workers; a restart under it frees its leases.")] = "",
    supervised: Supervised = False,
) -> None:
    """Run a worker alone: resolves audiences, sends slices."""
    import uvloop

    from rockdove.runtime import worker as process

    settings = _process_settings(config, "worker")
    uvloop.run(process.run(settings, name=name, supervised=supervised))


def gateway(config: ConfigFile = None, supervised: Supervised = False) -> None:
    """Run a gateway alone: answers devices, folds their receipts."""
    import uvloop

    from rockdove.runtime import gateway as process

    settings = _process_settings(config, "gateway")
    uvloop.run(process.run(settings, supervised=supervised))


def _process_settings(file: Path | None, process: str) -> configuration.Settings:
    settings = configuration.load(file)
    set_up_logging(settings.log_level, process)
    return settings


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
