"""The file by which Zalo's console sees that a domain is ours: without it nothing else can be entered there."""

from pathlib import Path

import aiohttp
import pytest
from pydantic import ValidationError

from benchmarks.walks.serving import prepare
from langnghe.app import serving
from langnghe.checks.zalo_hook import domain
from langnghe.config import Config
from langnghe.service import open_service

CODE = "MauMau_ma-xac-thuc-ten-mien-MauMau01"
FILE = f"zalo_verifier{CODE}.html"


def config_of(folder: Path, given: str, public_url: str = "http://127.0.0.1:9") -> Config:
    url = f"sqlite:///{folder}/langnghe.db"
    return Config(data_dir=folder, database_url=url, http_port=0, public_url=public_url, zalo_domain_code=given)


@pytest.fixture
async def empty(tmp_path: Path) -> Path:
    await prepare(f"sqlite:///{tmp_path}/langnghe.db")
    return tmp_path


@pytest.mark.parametrize("given", [CODE, FILE, f" {FILE} ", f'<meta property="x" content="{CODE}" />'])
async def test_the_file_is_there_before_anything_else_of_zalo_is_set(given: str, empty: Path) -> None:
    async with (
        open_service(config_of(empty, given)) as service,
        serving(service) as port,
        aiohttp.ClientSession() as zalo,
    ):
        for folder in ("", "webhook/zalo/", "admin/zalo/"):
            async with zalo.get(f"http://127.0.0.1:{port}/{folder}{FILE}", allow_redirects=False) as answer:
                assert (answer.status, answer.content_type) == (200, "text/html")
                assert f'<meta property="zalo-platform-site-verification" content="{CODE}"' in await answer.text()
        for other in ("zalo_verifierMauMau_mot-ma-khac-MauMauMau02.html", "zalo_verifier.html"):
            async with zalo.get(f"http://127.0.0.1:{port}/{other}") as answer:
                assert answer.status == 404
        found = await domain(config_of(empty, given, public_url=f"http://127.0.0.1:{port}"))
        assert [(str(each.state), each.key) for each in found] == [("good", "zalo_domain")]
        stranger = config_of(empty, "MauMau_mot-ma-khac-MauMauMau02", public_url=f"http://127.0.0.1:{port}")
        assert [(str(each.state), each.key) for each in await domain(stranger)] == [("wrong", "zalo_domain_missing")]


async def test_without_a_code_there_is_no_such_file_and_nothing_to_check(empty: Path) -> None:
    async with (
        open_service(config_of(empty, "")) as service, serving(service) as port, aiohttp.ClientSession() as zalo,
        zalo.get(f"http://127.0.0.1:{port}/{FILE}") as answer,
    ):  # fmt: skip
        assert answer.status == 404
    assert await domain(config_of(empty, "")) == []


async def test_an_address_that_nobody_answers_is_told(empty: Path) -> None:
    found = await domain(config_of(empty, CODE))
    assert [(str(each.state), each.key) for each in found] == [("wrong", "zalo_domain_away")]


@pytest.mark.parametrize("given", ["<script>", "ngắn", "zalo_verifier.html", "a b" * 20])
def test_what_is_no_code_is_refused(given: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        config_of(tmp_path, given)
