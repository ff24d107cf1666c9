"""Run as a program: engines under a folder, until killed or told by a line on standard input.

    python -m tests.engines.served FOLDER [abandoned]

Prints one line of JSON when they run. `abandoned`: the kernel does not tell the engines of our death, as if they had
been started by something that can't arrange that.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from rockdove.engines import processes, start_engines
from rockdove.engines.engine_user import EngineUser
from rockdove.observe import set_up_logging
from tests.engines.fixtures import settings_in


async def main() -> None:
    set_up_logging()
    async with start_engines(settings_in(Path(sys.argv[1]))) as engines:
        assert engines.postgres
        assert engines.postgres.child
        assert engines.nats
        assert engines.nats.child
        running = {
            "postgres": engines.postgres.child.pid,
            "nats": engines.nats.child.pid,
            "url": engines.settings.postgres.url,
            "ports": engines.nats.ports,
        }
        sys.stdout.write(json.dumps(running) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)


_launched = processes._launched


def _launched_untold(
    command: Sequence[str], user: EngineUser, death_signal: signal.Signals, open_files: int
) -> list[str]:
    return _launched(command, user, cast("signal.Signals", 0), open_files)


if __name__ == "__main__":
    if "abandoned" in sys.argv:
        processes._launched = _launched_untold
    asyncio.run(main())
