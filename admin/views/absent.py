"""Addresses that lead nowhere."""

from aiohttp import web

from admin.calls import Call


async def show(_call: Call) -> web.StreamResponse:
    """Say that there is no such page."""
    raise web.HTTPNotFound
