"""Lắng Nghe as it runs, without its sender: nothing is sent to Telegram by any of the stacks measured."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from aiohttp import web
from pydantic import SecretStr
from sqlalchemy import make_url

from benchmarks.walks.serving import serve
from benchmarks.walks.walk import PATH, SECRET, TOKEN
from bot.channels.receiving import nobody_waits
from bot.channels.telegram.webhook import webhook_handler
from langnghe import collector
from langnghe.app import Website
from langnghe.channels import Channels
from langnghe.config import Config
from langnghe.service import open_service


@asynccontextmanager
async def build(address: str) -> AsyncIterator[web.Application]:
    """Open the service with all its pages, and the webhook without the answers to presses."""
    config = Config(
        data_dir=Path(make_url(address).database or "").parent,
        database_url=address,
        public_url="http://127.0.0.1",
        secret_key=SecretStr("0123456789abcdef" * 4),
        telegram_bot_token=SecretStr(TOKEN),
        telegram_api_base="http://127.0.0.1:9",
    )
    async with open_service(config) as service:
        receiver = replace(service.receiver(), heard=nobody_waits)
        app = Website.of(replace(service, channels=Channels())).application()
        app.router.add_post(PATH, webhook_handler(receiver, SECRET))
        collector.settle()  # as `langnghe run` does
        yield app


if __name__ == "__main__":
    serve(build)
