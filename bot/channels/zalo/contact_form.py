"""Zalo's own form for a telephone number: the person presses it and submits, instead of typing (zalo.md A5)."""

from bot.channels.numbered import channel_texts
from bot.channels.zalo.rendering import Message


def contact_form(language: str, picture: str) -> Message:
    """Return the message that shows the form; what is submitted comes as `user_submit_info`.

    picture  https address; the form cannot be without one
    """
    words = channel_texts()
    element = {
        "title": words.text("zalo.form_title", language), "subtitle": words.text("zalo.form_subtitle", language),
        "image_url": picture,
    }  # fmt: skip
    payload = {"template_type": "request_user_info", "elements": [element]}
    return {"attachment": {"type": "template", "payload": payload}}
