"""A process of its own for work that would hold up the chats: started by the service, ended with it.

The child is a module run by this Python. It reads one line of JSON on standard input, what to do, and answers on
standard output. Its standard input stays open as long as the service lives.
"""

import asyncio
import json
import os
import sys
import threading
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

_NICE = 10


@asynccontextmanager
async def child(module: str, asked: Mapping[str, Any]) -> AsyncIterator[Process]:
    """Run `python -m module` and tell it what to do; it is gone when the block is left, however that happens."""
    program = (sys.executable, "-m", module)
    process = await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE, start_new_session=True)
    try:
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def what_to_do() -> Any:
    """Return what the service asks of this process, which from now on gives way to others and ends with the service."""
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_service, daemon=True).start()
    os.nice(_NICE)
    return asked


def _end_with_the_service() -> None:
    sys.stdin.read()
    os._exit(1)
