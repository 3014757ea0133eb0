"""The page itself: two chats in frames that look again by themselves, forms to write and press, the logs.

No script runs on it. It listens on loopback only, for whoever reads it may write as a citizen.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.resources import files
from urllib.parse import quote

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.fakes.phone_page.handset import Handset, Stage
from tests.storage.pictures import png
from wording.catalogue import Catalogue
from wording.formats import file_size

FOLDER = files("tests.fakes.phone_page")
LARGEST_FILE = 10 * 1024 * 1024
LAST_ROWS = 40
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "form-action 'self'; frame-ancestors 'self'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class PhonePage:
    """The page over one stage, in one language."""

    def __init__(self, stage: Stage, language: str = "vi") -> None:
        self.stage, self.language = stage, language
        self._texts = Catalogue.load(FOLDER / "texts")
        self._pages = Environment(
            loader=FileSystemLoader(str(FOLDER / "pages")), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip

    def application(self) -> web.Application:
        """Return the web server's application."""
        app = web.Application(client_max_size=LARGEST_FILE)
        app.router.add_get("/", self._both)
        app.router.add_get("/phone.css", _style)
        app.router.add_get("/log", self._log)
        app.router.add_get(r"/phone/{number:\d+}", self._chat)
        app.router.add_get(r"/phone/{number:\d+}/file/{line:\d+}", self._file)
        app.router.add_post(r"/phone/{number:\d+}/press", self._press)
        app.router.add_post(r"/phone/{number:\d+}/write", self._write)
        app.router.add_post(r"/phone/{number:\d+}/do", self._do)
        return app

    def _text(self, key: str, **facts: str) -> str:
        return self._texts.text(key, self.language, facts)

    def _show(self, request: web.Request, name: str, **facts: object) -> web.Response:
        live = request.query.get("live") != "0"
        html = self._pages.get_template(name).render(
            stage=self.stage, text=self._text, language=self.language, live=live, **facts
        )
        return web.Response(text=html, content_type="text/html", headers=HEADERS)

    def _phone(self, request: web.Request) -> tuple[int, Handset]:
        number = int(request.match_info["number"])
        if not 1 <= number <= len(self.stage.phones):
            raise web.HTTPNotFound
        return number, self.stage.phones[number - 1]

    @contextmanager
    def _there(self) -> Iterator[None]:
        """Say so where a button or a deed is not there any more."""
        try:
            yield
        except LookupError as error:
            raise web.HTTPConflict(text=self._text("gone")) from error

    async def _both(self, request: web.Request) -> web.StreamResponse:
        settings = "\n".join(f"{name}={value}" for name, value in self.stage.settings().items())
        return self._show(request, "both.html", settings=settings, to=request.query.get("to", "1"))

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        number, phone = self._phone(request)
        size = partial(file_size, language=self.language)
        return self._show(request, "chat.html", number=number, lines=phone.lines(), notes=phone.notes(), size=size)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """Give what came with a line: a picture to look at, everything else to keep."""
        lines, line = self._phone(request)[1].lines(), int(request.match_info["line"])
        file = lines[line].file if line < len(lines) else None
        if file is None:
            raise web.HTTPNotFound
        how = "inline" if file.is_picture else "attachment"
        headers = HEADERS | {"Content-Disposition": f"{how}; filename*=UTF-8''{quote(file.name)}"}
        return web.Response(body=file.content, content_type=file.mime, headers=headers)

    async def _log(self, request: web.Request) -> web.StreamResponse:
        logs = {"deliveries": self.stage.deliveries(), "calls": self.stage.calls()}
        return self._show(request, "log.html", logs={name: rows[-LAST_ROWS:][::-1] for name, rows in logs.items()})

    async def _press(self, request: web.Request) -> web.StreamResponse:
        number, phone = self._phone(request)
        with self._there():
            await phone.presses(str((await request.post()).get("key", "")))
        raise web.HTTPSeeOther(f"/phone/{number}")

    async def _write(self, request: web.Request) -> web.StreamResponse:
        number, phone = self._phone(request)
        form = await request.post()
        text, file = str(form.get("text", "")).strip(), form.get("file")
        if isinstance(file, web.FileField) and file.filename:
            await phone.sends(file.file.read(), file.filename)
        if text:
            await phone.types(text)
        raise web.HTTPSeeOther(f"/?to={number}")

    async def _do(self, request: web.Request) -> web.StreamResponse:
        number, phone = self._phone(request)
        form = await request.post()
        deed, text = str(form.get("deed", "")), str(form.get("text", "")).strip()
        with self._there():
            await (phone.sends(png(), "mau.png") if deed == "photo" else phone.does(deed, text))
        raise web.HTTPSeeOther(f"/?to={number}")


async def _style(_request: web.Request) -> web.StreamResponse:
    return web.Response(
        text=(FOLDER / "pages" / "phone.css").read_text("utf-8"), content_type="text/css", headers=HEADERS
    )
