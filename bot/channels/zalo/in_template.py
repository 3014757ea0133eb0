"""What a letter says in the form of a template: its kind, and the values of its parameters. Never a word of content."""

from datetime import datetime

from bot.messages import News
from bot.words import Words
from offices.worktime import LOCAL
from storage.zalo_templates import Template
from wording.formats import date_vi

STATUS = "template_status."
"""Texts of a few words for what a notice tells; one for each notice to a citizen about his petition."""
_FACTS = {
    "code": "ma_ho_so", "unit": "don_vi", "due_on": "han_tra_loi", "returned_on": "ngay_tra_ket_qua", "until": "han",
}  # fmt: skip


def kind_of(key: str, words: Words) -> str | None:
    """Say what kind of news a notice is: a key of `zalo_templates.KINDS_OF_NEWS`; None for one without a template."""
    if key.startswith("invitation"):
        return "invitation"
    if words.catalogue.has(f"{STATUS}{key}"):
        return "petition"
    return "work" if key.startswith("petition_") else None


def filled(template: Template, news: News | None, words: Words, now: datetime) -> dict[str, str] | None:
    """Return what a template is to say; None where it cannot."""
    if news is None:
        return None
    values = {_FACTS[name]: value for name, value in news.facts.items()}
    kind = kind_of(news.key, words)
    values["trang_thai"] = words.text(f"{STATUS}{news.key if kind == 'petition' else kind}", "vi")
    values["ngay_cap_nhat"] = date_vi(now.astimezone(LOCAL).date())
    return template.filled(values)
