"""The file by which Zalo's console sees that a domain is ours (*Xác thực domain*): it holds nothing but a code.

The console gives it out to be laid at the root of the domain, or below an address that is to be verified. That is our
own server, so it is served from a setting, below any address, whatever else of Zalo is set already.
"""

from aiohttp import web

from langnghe.config import Config

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta property="zalo-platform-site-verification" content="{code}" /></head>
<body></body>
</html>
"""
_HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}


def file_of(code: str) -> str:
    """Return the name of the file."""
    return f"zalo_verifier{code}.html"


def page_of(code: str) -> str:
    """Return what is in the file."""
    return _PAGE.format(code=code)


def add_route(app: web.Application, config: Config) -> None:
    """Serve the file where the settings name its code."""
    code = config.zalo_domain_code

    async def show(_request: web.Request) -> web.Response:
        return web.Response(text=page_of(code), content_type="text/html", headers=_HEADERS)

    if code:
        app.router.add_get(rf"/{{below:(?:.+/)?}}{file_of(code)}", show)
