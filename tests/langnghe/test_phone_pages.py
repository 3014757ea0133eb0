import asyncio
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from langnghe.failures import failure
from langnghe.phone_pages import FakesMissingError, show
from langnghe.words import Words

COMMAND = str(Path(sys.executable).parent / "langnghe")
PATIENCE = 60


@pytest.mark.parametrize(("channel", "setting"), [("telegram", "TELEGRAM_API_BASE="), ("zalo", "ZALO_OPENAPI_BASE=")])
def test_the_page_is_served_until_it_is_told_to_stop(channel: str, setting: str) -> None:
    server = subprocess.Popen([COMMAND, f"fake-{channel}", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = next(word for word in server.stdout.readline().split() if word.startswith("http"))
        reader = HTTPConnection(address.removeprefix("http://"), timeout=PATIENCE)
        reader.request("GET", "/")
        assert setting in reader.getresponse().read().decode()
        reader.close()
        server.send_signal(signal.SIGINT)
        assert server.wait(PATIENCE) == 0
        assert setting in server.stdout.read()
    finally:
        server.kill()
        server.communicate()


@pytest.mark.parametrize(("channel", "last"), [("telegram", 1), ("zalo", 4)])
@pytest.mark.parametrize("which", ["page", "last"])
def test_a_port_that_is_taken_is_told_with_the_way_out(channel: str, last: int, which: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = int(other.getsockname()[1])
        port = taken if which == "page" else taken - last
        ended = subprocess.run(
            [COMMAND, f"fake-{channel}", "--port", str(port)], capture_output=True, text=True, check=False
        )
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert f"{port}–{port + last}" in line
    assert "--port 0" in line
    assert "bind" not in line


@pytest.mark.parametrize("language", ["vi", "en"])
def test_without_the_source_the_command_says_so(tmp_path: Path, language: str) -> None:
    with pytest.raises(FakesMissingError) as found:
        asyncio.run(show(Words(language), "zalo", 0, "", tmp_path))
    told = failure(found.value, Words(language))
    assert told is not None
    assert "uv run langnghe" in told.lines[0]
