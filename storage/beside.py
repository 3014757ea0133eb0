"""A process of its own for work that would hold up the chats: started by the service, ended with it.

The child is a module run by this Python. It reads one line of JSON on standard input, what to do, perhaps with bytes
behind it, and answers on standard output. Its standard input stays open as long as the service lives.
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
async def child(module: str, asked: Mapping[str, Any], content: bytes = b"") -> AsyncIterator[Process]:
    """Run `python -m module` and tell it what to do; it is gone when the block is left, however that happens.

    content  what it is to be done with; the child asks for it by `what_to_do_with`
    """
    program = (sys.executable, "-m", module)
    process = await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE, start_new_session=True)
    try:
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        behind = {"bytes": len(content)} if content else {}
        process.stdin.write(json.dumps({**asked, **behind}).encode() + b"\n")
        process.stdin.write(content)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def what_to_do() -> Any:
    """Return what the service asks of this process, which from now on gives way to others and ends with the service."""
    asked, _ = what_to_do_with()
    return asked


def what_to_do_with() -> tuple[Any, bytes]:
    """Do as `what_to_do`; return the content, too, that came behind it."""
    asked = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read(asked.pop("bytes", 0))
    threading.Thread(target=_end_with_the_service, daemon=True).start()
    os.nice(_NICE)
    return asked, content


def _end_with_the_service() -> None:
    while os.read(sys.stdin.fileno(), 1024):  # not through the buffer, whose lock would stop this process from ending
        pass
    os._exit(1)
