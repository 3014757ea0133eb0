"""What Zalo accepts as a consultation message (zalo.md, A5): every member, its length, and nothing besides."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from tests.fakes.zalo.buttons import checked_buttons
from tests.fakes.zalo.errors import Refused, invalid
from tests.fakes.zalo.uploads import Upload, Uploads

LONGEST_TEXT = 2000
LONGEST_TITLE = 100
LONGEST_SUBTITLE = 500

Json = dict[str, Any]


@dataclass(frozen=True)
class Content:
    """A message that was accepted: what a person sees of it."""

    text: str
    kind: str = "text"
    buttons: tuple[Json, ...] = ()
    quotes: str = ""
    upload: Upload | None = None


def checked_message(given: Any, uploads: Uploads, form: str) -> Content:
    """Return what is shown of `message`.

    form  how buttons must be written: `plain` without `template_type`, `template_type` with it (nobody knows which)

    Raises Refused as the real server does.
    """
    if not isinstance(given, dict) or not given.keys() <= {"text", "attachment", "quote_message_id"}:
        raise invalid("message")
    text = _text(given["text"]) if "text" in given else ""
    quotes = str(given.get("quote_message_id", ""))
    if "attachment" not in given:
        if not text:
            raise invalid("message.text")
        return Content(text, quotes=quotes)
    attachment = given["attachment"]
    if not isinstance(attachment, dict) or not isinstance(attachment.get("payload"), dict):
        raise invalid("attachment")
    payload = attachment["payload"]
    if attachment.get("type") == "file":
        return _file(payload, text, uploads)
    if attachment.get("type") != "template":
        raise Refused(-233, "Message type is not supported")
    return _template(payload, text, uploads, form)


def _text(given: Any) -> str:
    if not isinstance(given, str) or not given.strip():
        raise invalid("message.text")
    if len(unicodedata.normalize("NFC", given)) > LONGEST_TEXT:
        raise Refused(-210, "Message is too long")
    return given


def _file(payload: Json, text: str, uploads: Uploads) -> Content:
    """Return a document; there is no place for a caption beside it."""
    if payload.keys() != {"token"}:
        raise invalid("attachment.payload.token")
    if text:
        raise invalid("message.text")
    upload = uploads.get(str(payload["token"]), "file")
    return Content(upload.name, "file", upload=upload)


def _template(payload: Json, text: str, uploads: Uploads, form: str) -> Content:
    kind = payload.get("template_type")
    if kind in {None, "button"}:
        return _with_buttons(payload, text, form)
    elements = payload.get("elements")
    if not isinstance(elements, list) or len(elements) != 1 or not isinstance(elements[0], dict):
        raise invalid("elements")
    if kind == "media":
        return _media(elements[0], text, uploads)
    if kind == "request_user_info":
        return _request(elements[0])
    raise Refused(-233, "Template type is not supported")


def _with_buttons(payload: Json, text: str, form: str) -> Content:
    wanted = {"buttons"} if form == "plain" else {"buttons", "template_type", "text"}
    if payload.keys() != wanted:
        raise invalid("attachment.payload")
    shown = text or (_text(payload["text"]) if "text" in payload else "")
    if not shown:
        raise invalid("message.text")
    return Content(shown, "text", checked_buttons(payload["buttons"]))


def _media(element: Json, text: str, uploads: Uploads) -> Content:
    kind = element.get("media_type")
    if kind not in {"image", "gif", "sticker"} or ("url" in element) == ("attachment_id" in element):
        raise invalid("elements.media_type" if "url" in element or "attachment_id" in element else "elements")
    sizes = {"width", "height"} if kind == "gif" else set()
    if element.keys() - {"media_type", "url", "attachment_id"} != sizes:
        raise invalid("elements.width" if sizes else "elements")
    upload = uploads.get(str(element["attachment_id"]), kind) if "attachment_id" in element else None
    if kind == "gif" and upload and (element["width"], element["height"]) != upload.size:
        raise invalid("elements.width")
    return Content(text, kind, upload=upload)


def _request(element: Json) -> Content:
    title, subtitle = element.get("title"), element.get("subtitle")
    if not isinstance(title, str) or not 1 <= len(title) <= LONGEST_TITLE:
        raise invalid("elements.title")
    if not isinstance(subtitle, str) or not 1 <= len(subtitle) <= LONGEST_SUBTITLE:
        raise invalid("elements.subtitle")
    if not str(element.get("image_url", "")).startswith("https://"):
        raise invalid("elements.image_url")
    return Content(f"{title}\n{subtitle}", "request_user_info")
