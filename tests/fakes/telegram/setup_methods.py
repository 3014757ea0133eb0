"""The methods of the Bot API that concern the bot itself: who it is, how updates come, files, commands."""

import re
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.telegram.errors import Refused, bad_request
from tests.fakes.telegram.params import Params
from tests.fakes.telegram.webhook import Hook
from tests.fakes.telegram.world import World

_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_PORTS = frozenset({80, 88, 443, 8443})
_MOST_COMMANDS = 100
_LONGEST_DESCRIPTION = 256
_MOST_CONNECTIONS = 100


async def get_me(world: World, _params: Params) -> Any:
    """Tell who the bot is."""
    return {**world.bot, "can_join_groups": True, "can_read_all_group_messages": not world.privacy}


async def get_updates(world: World, params: Params) -> Any:
    """Give what waits, or wait for it. Raises Refused 409 while a webhook is set."""
    if world.courier.hook is not None:
        raise Refused(
            409,
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
    _remember_allowed(world, params)
    return await world.mailbox.get_updates(
        params.number("offset", 0), params.number("limit", 100), params.number("timeout", 0)
    )


def _remember_allowed(world: World, params: Params) -> None:
    """Keep allowed_updates; left out, the former list stays."""
    allowed = params.structure("allowed_updates")
    if allowed is not None:
        world.mailbox.allowed = tuple(allowed)


async def set_webhook(world: World, params: Params) -> Any:
    """Deliver by webhook from now on. An empty address means deleteWebhook."""
    url = params.text("url") or ""
    if not url:
        return await delete_webhook(world, params)
    _check_url(url)
    secret = params.text("secret_token") or ""
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    connections = params.number("max_connections", 40)
    _remember_allowed(world, params)
    if params.flag("drop_pending_updates"):
        world.mailbox.clear()
    hook = Hook(url, secret, min(max(connections, 1), _MOST_CONNECTIONS))
    if world.courier.hook != hook:
        await world.courier.set(hook)
    return True


def _check_url(url: str) -> None:
    """Raise Refused for an address that Telegram would not call; plain HTTP only on loopback, for tests."""
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname == "127.0.0.1":
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (parts.port or 443) not in _PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


async def delete_webhook(world: World, params: Params) -> Any:
    """Deliver by polling from now on."""
    if params.flag("drop_pending_updates"):
        world.mailbox.clear()
    await world.courier.set(None)
    return True


async def get_webhook_info(world: World, _params: Params) -> Any:
    """Tell how delivery goes."""
    hook = world.courier.hook
    info: dict[str, Any] = {
        "url": hook.url if hook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(world.mailbox.waiting()),
    }
    if hook is not None and world.courier.last_error:
        info |= {"last_error_date": world.date(), "last_error_message": world.courier.last_error}
    return info


async def get_file(world: World, params: Params) -> Any:
    """Tell where a file can be downloaded."""
    stored = world.files.get(params.text("file_id"))
    return world.files.describe(stored) | {"file_path": stored.path}


async def set_my_commands(world: World, params: Params) -> Any:
    """Keep the list of commands for a scope and a language."""
    commands = params.structure("commands") or []
    if len(commands) > _MOST_COMMANDS:
        raise bad_request("too many commands specified")
    for command in commands:
        if not _COMMAND.fullmatch(command["command"]):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= _LONGEST_DESCRIPTION:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    scope = (params.structure("scope") or {}).get("type", "default")
    world.commands[(scope, params.text("language_code") or "")] = commands
    return True
