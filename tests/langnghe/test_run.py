import json
import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.langnghe.office import call

COMMAND = [str(Path(sys.executable).parent / "langnghe"), "run"]
PATIENCE = 60
PAGE = 4096


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_server_serves_and_stops_when_it_is_told_to(sign: signal.Signals) -> None:
    server = subprocess.Popen(COMMAND, env={**os.environ, "HTTP_PORT": "0"}, stderr=subprocess.PIPE, text=True)
    try:
        reader = HTTPConnection(_address(server).removeprefix("http://"), timeout=PATIENCE)
        reader.request("GET", "/readyz")
        assert json.load(reader.getresponse())["ready"] is True
        reader.close()
        told = time.monotonic()
        server.send_signal(sign)
        assert server.wait(PATIENCE) == 0
        assert time.monotonic() - told < 10
    finally:
        server.kill()
        server.communicate()


@pytest.mark.usefixtures("office")
def test_a_port_that_is_taken_is_told_in_a_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        ended = subprocess.run(
            COMMAND, env={**os.environ, "HTTP_PORT": port}, capture_output=True, text=True, check=False
        )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert f"Cổng {port} của máy này đang có chương trình khác dùng" in ended.stderr.splitlines()[-1]
    assert "HTTP_PORT" in ended.stderr.splitlines()[-1]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("place", [1, 0.5, 0.9])
def test_a_damaged_file_is_not_served(place: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = next(tmp_path.rglob("langnghe.db"))
    whole = file.read_bytes()
    at = PAGE if place == 1 else int(len(whole) * place) // PAGE * PAGE
    file.write_bytes(whole[:at] + b"\xff" * PAGE + whole[at + PAGE :])
    monkeypatch.setenv("HTTP_PORT", "0")
    ended = call("run")
    assert ended.exit_code == 1
    assert "Traceback" not in ended.stderr
    assert "langnghe restore" in ended.stderr.splitlines()[-1]


def _address(server: "subprocess.Popen[str]") -> str:
    """Read the log until it says where the server listens."""
    assert server.stderr
    for line in server.stderr:
        if "serving on " in line:
            return str(json.loads(line)["event"]).removeprefix("serving on ")
    raise AssertionError("the server ended before it served")
