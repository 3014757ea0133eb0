"""What is said in Zalo: numbers in the text always, five buttons at most, 2,000 characters a part, nothing lost."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.splitting import units
from bot.channels.zalo.rendering import LONGEST_TEXT, LONGEST_TITLE, MOST_BUTTONS, messages, without_buttons
from bot.channels.zalo.seal import Seal
from bot.effects import Named, Option
from bot.messages import Button, Outgoing
from bot.options import leafing, page_of, read_button
from bot.words import Words, load_texts
from petitions.answering import ANSWER_STEPS
from petitions.clock import NEXT_STEPS
from petitions.intake import DESK_STEPS, NEW_CASE_STEPS

SEAL = Seal("a sample key of tests", "9")
CHAT = "77"
WORDS = Words(load_texts(), lambda ref, _language: ref.code)
LIKERT = ["5 · Rất hài lòng", "4 · Hài lòng", "3 · Bình thường", "2 · Không hài lòng", "1 · Rất không hài lòng"]
CONTROLS = [Button("Bỏ qua", "c1.2.-skip"), Button("Quay lại", "c1.2.-back"), Button("Hủy", "c1.2.-cancel")]


def answers(*labels: str, ids: list[str] | None = None) -> tuple[Button, ...]:
    named = ids or [f"o{number}" for number, _ in enumerate(labels)]
    return tuple(Button(label, f"c1.2.{one}") for label, one in zip(labels, named, strict=True))


def said(outgoing: Outgoing) -> tuple[str, list[str]]:
    """Return the text of one message and the titles of its buttons."""
    [message] = messages(outgoing, CHAT, SEAL)
    return message["text"], [button["title"] for button in buttons_of(message)]


def buttons_of(message: dict[str, Any]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = message.get("attachment", {}).get("payload", {}).get("buttons", [])
    return found


def test_a_scale_is_five_buttons_and_five_numbers() -> None:
    text, titles = said(Outgoing("Ông/Bà hài lòng mức nào?", answers(*LIKERT, ids=["5", "4", "3", "2", "1"])))
    assert text == (
        "Ông/Bà hài lòng mức nào?\n\n5. Rất hài lòng\n4. Hài lòng\n3. Bình thường\n2. Không hài lòng\n"
        "1. Rất không hài lòng"
    )
    assert titles == ["5. Rất hài lòng", "4. Hài lòng", "3. Bình thường", "2. Không hài lòng",
                      "1. Rất không hài lòng"]  # fmt: skip


def test_where_all_fits_steering_has_its_buttons_and_is_not_written() -> None:
    text, titles = said(Outgoing("Tiếp?", (*answers("Có", "Không"), *CONTROLS)))
    assert text == "Tiếp?\n\n1. Có\n2. Không"
    assert titles == ["1. Có", "2. Không", "Bỏ qua", "Quay lại", "Hủy"]


def test_what_has_no_button_is_written_as_words() -> None:
    text, titles = said(Outgoing("Điểm?", (*answers(*LIKERT, ids=["5", "4", "3", "2", "1"]), *CONTROLS)))
    assert text.endswith("Cần thì gõ: “Bỏ qua”, “Quay lại”, “Hủy”.")
    assert len(titles) == 5
    text, _ = said(Outgoing("Score?", (*answers(*LIKERT, ids=["5", "4", "3", "2", "1"]), CONTROLS[2]), language="en"))
    assert text.endswith("If need be, type: “Hủy”.")


def test_of_more_than_five_answers_four_are_buttons_and_a_fifth_leafs_on() -> None:
    question = Outgoing("Đơn vị nào?", (*answers(*"ABCDEF"), *CONTROLS[1:]))
    text, titles = said(question)
    assert text.endswith("5. E\n6. F\n\nÔng/Bà bấm nút, hoặc gõ số, ví dụ: 5. Cần thì gõ: “Quay lại”, “Hủy”.")
    assert titles == ["1. A", "2. B", "3. C", "4. D", "Lựa chọn khác…"]
    text, titles = said(replace(question, page=1))
    assert text.endswith("1. A\n2. B\n3. C\n4. D\n5. E\n6. F\n\nÔng/Bà bấm nút, hoặc gõ số, ví dụ: 1.")
    assert titles == ["5. E", "6. F", "Quay lại", "Hủy"]


def test_a_question_that_may_be_skipped_has_a_button_for_that_on_each_page() -> None:
    question = Outgoing("Đơn vị nào?", (*answers(*"ABCDEFGH"), *CONTROLS))
    assert said(question)[1] == ["1. A", "2. B", "3. C", "Bỏ qua", "Lựa chọn khác…"]
    assert said(replace(question, page=1))[1] == ["4. D", "5. E", "6. F", "Bỏ qua", "Lựa chọn khác…"]
    assert said(replace(question, page=2))[1] == ["7. G", "8. H", "Bỏ qua", "Quay lại", "Hủy"]


@given(number=st.integers(1, 40), page=st.integers(0, 99), steers=st.sampled_from([CONTROLS, CONTROLS[1:], []]))
@settings(max_examples=50, deadline=None)
def test_whoever_leafs_on_finds_each_answer_under_one_button(number: int, page: int, steers: list[Button]) -> None:
    question = Outgoing("?", (*answers(*(f"Lựa chọn {place}" for place in range(number))), *steers))
    found: list[str] = []
    leafs: list[int | None] = [0]
    while (at := leafs.pop()) is not None:
        [message] = messages(replace(question, page=at), CHAT, SEAL)
        meant = [read_button(SEAL.opened(CHAT, each["payload"]) or "") for each in buttons_of(message)]
        assert len(meant) <= MOST_BUTTONS
        assert {(conversation, step) for conversation, step, _ in meant} == {(1, 2)}
        found += [option for _, _, option in meant if not option.startswith("-")]
        leafs.append(next((after for *_, option in meant if (after := page_of(option)) is not None), None))
    assert found == [f"o{place}" for place in range(number)]
    [forged] = messages(replace(question, page=page), CHAT, SEAL)
    assert read_button(SEAL.opened(CHAT, buttons_of(forged)[0]["payload"]) or "")[2] in found


def test_what_begins_something_else_goes_before_what_steers() -> None:
    other = Button("Về menu", "s:menu")
    _, titles = said(Outgoing("Xong.", (*CONTROLS, other)))
    assert titles == ["Về menu", "Bỏ qua", "Quay lại", "Hủy"]


def test_every_step_that_a_notice_offers_has_its_button() -> None:
    """What begins something has no number: it must not be left without a button."""
    for steps in (NEW_CASE_STEPS, DESK_STEPS, ANSWER_STEPS, *NEXT_STEPS.values()):
        buttons = tuple(Button(event.value, f"s:case:PA-7K3M-9QXT-2HBN:{event}") for event in steps)
        _, titles = said(Outgoing("Việc mới.", buttons))
        assert titles == [event.value for event in steps]


@pytest.mark.parametrize(
    ("label", "number", "line"),
    [("15 phút", "15", "15 phút"), ("150 phút", "15", "15. 150 phút"), ("😀 · Tốt", "o0", "1. 😀 · Tốt")],
)
def test_a_number_is_written_once(label: str, number: str, line: str) -> None:
    text, _ = said(Outgoing("?", answers(label, ids=[number])))
    assert text == f"?\n\n{line}"


@given(
    ids=st.lists(st.sampled_from(["1", "2", "3", "7", "a", "b", "c", "later", "u-1"]), min_size=1, unique=True),
)
@settings(max_examples=50, deadline=None)
def test_each_number_that_is_written_means_its_answer(ids: list[str]) -> None:
    labels = [f"Lựa chọn {chr(65 + place)}" for place, _ in enumerate(ids)]
    [message] = messages(Outgoing("?", answers(*labels, ids=ids)), CHAT, SEAL)
    options = [Option(one, Named({"vi": label, "en": label}), None) for one, label in zip(ids, labels, strict=True)]
    for line in message["text"].splitlines():
        number, _, label = line.partition(". ")
        if label in labels:
            assert WORDS.match(number, options) == ids[labels.index(label)]


@given(text=st.text(min_size=1, max_size=300), times=st.integers(1, 30), labels=st.lists(st.text(max_size=60)))
@settings(max_examples=50, deadline=None)
def test_a_long_text_goes_in_parts_with_the_buttons_under_the_last(text: str, times: int, labels: list[str]) -> None:
    outgoing = Outgoing("Xin\n\n" + f"{text}\n\n" * times, answers(*labels[:7]))
    *earlier, last = messages(outgoing, CHAT, SEAL)
    for message in (*earlier, last):
        assert 0 < units(message["text"]) <= LONGEST_TEXT
    assert not any(map(buttons_of, earlier))
    for button in buttons_of(last):
        assert len(button["title"]) <= LONGEST_TITLE
        data = SEAL.opened(CHAT, button["payload"])
        assert data in {each.data for each in outgoing.buttons} | {leafing("c1.2.o0", 1)}


def test_the_template_is_named_where_the_account_wants_it() -> None:
    [message] = messages(Outgoing("Tiếp?", answers("Có")), CHAT, SEAL, names_template=True)
    payload = message["attachment"]["payload"]
    assert (payload["template_type"], payload["text"], len(payload["buttons"])) == ("button", "Tiếp?\n\n1. Có", 1)


def test_without_its_buttons_a_message_has_words_for_all_that_they_do() -> None:
    begins = (Button("Nhận xử lý", "s:case:PA-7K3M-9QXT-2HBN:accept"), Button("Việc khác", "s:menu"))
    assert without_buttons(Outgoing("Việc mới.", begins), 0) == [
        {"text": "Việc mới.\n\nCần thì gõ: “Nhận xử lý”, “Việc khác”."}
    ]
    long = Outgoing("Xin " * 1500, (*answers("Có"), *CONTROLS))
    *earlier, _ = messages(long, CHAT, SEAL)
    [last] = without_buttons(long, len(earlier))
    assert last["text"].endswith("1. Có\n\nÔng/Bà trả lời bằng số, ví dụ: 1. Cần thì gõ: “Bỏ qua”, “Quay lại”, “Hủy”.")


def test_where_the_words_without_buttons_fit_into_a_part_less_the_last_one_goes_once_more() -> None:
    choices = answers(*(f"Đơn vị {number}" for number in range(8)))
    written = (Outgoing("\n\n".join(["x" * 900, "y" * length]), choices) for length in range(800, 1100))
    shorter = [each for each in written if len(messages(each, CHAT, SEAL)) > len(without_buttons(each, 0))]
    assert shorter
    for each in shorter:
        [only] = without_buttons(each, 0)
        assert without_buttons(each, len(messages(each, CHAT, SEAL)) - 1) == [only]
