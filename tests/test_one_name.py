"""One name for one thing, wherever people read of it: in the menu, among commands, in chat and on pages."""

from importlib.resources import files

import pytest

from admin.words import load_texts as admin_texts
from bot.words import load_texts as bot_texts
from petitions.names import names
from wording.catalogue import Catalogue

CHANNEL = Catalogue.load(files("bot.channels") / "texts")
LANGUAGES = ("vi", "en")
FACTS = ("code", "status", "unit", "submitted_on", "lateness", "answer", "files")


@pytest.mark.parametrize("language", LANGUAGES)
def test_rating_a_service_is_called_alike_on_every_way_to_it(language: str) -> None:
    ways = {bot_texts().text(key, language) for key in ("menu.rating", "commands.danhgia")}
    assert ways == {CHANNEL.text("welcome.rate", language)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_on_site_is_chosen_and_shown_under_one_name(language: str) -> None:
    assert bot_texts().text("petition.subject_site", language).startswith(names("subject")["site"][language] + ":")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_second_look_is_asked_for_by_one_name(language: str) -> None:
    buttons = {bot_texts().text(key, language) for key in ("buttons.second_look", "lookup.second_look")}
    assert buttons == {names("event")["second_look"][language]}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["lookup.state", "lookup.state_with_answer", "lookup.state_with_files"])
def test_where_a_petition_stands_is_told_under_the_word_of_the_pages(key: str, language: str) -> None:
    word = admin_texts().text("queue.status", language)
    assert f"\n{word}: " in bot_texts().text(key, language, dict.fromkeys(FACTS, "…"))


def test_no_page_and_no_message_has_a_second_word_for_a_status() -> None:
    for catalogue in (admin_texts(), bot_texts(), CHANNEL, Catalogue.load(files("langnghe") / "texts")):
        assert [key for key, text in catalogue.texts["vi"].items() if "tình trạng" in text.lower()] == []
