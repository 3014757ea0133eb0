"""Questionnaires on the office's pages: read, compared, drafted with faults, edited by two, published for good."""

import ast
import html
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings

from admin import questionnaire_form
from admin.forms import Form
from offices.datafiles import values_of
from storage import questionnaire_drafts as drafts
from storage import questionnaires
from storage.questionnaire_drafts import Draft
from surveys.definition_text import written
from surveys.questionnaires import Questionnaire
from surveys.registry import packaged
from tests.admin.office import Office, Visitor
from tests.surveys.made import questionnaires as made_up
from wording.ways_out import in_words

PATH = "/admin/questionnaires"
FIRST = f"{PATH}/drafts/1"
INPUT = re.compile(r'<(?:input|textarea|select)[^>]*\bname="([a-z0-9_]+)"[^>]*>')
CORE = Path(__file__).parents[2]


async def editor(office: Office, base: str = "quick:1", code: str = "") -> Visitor:
    visitor = await office.visitor().signs_in("quantri")
    await visitor.get(PATH)
    await visitor.post(f"{PATH}/drafts", {"base": base, "code": code})
    assert visitor.location.startswith(f"{FIRST}?")
    await visitor.get(FIRST)
    return visitor


async def stored(office: Office, number: int = 1) -> Draft:
    return await office.database.read(lambda connection: drafts.by_id(connection, number))


def fields(draft: Draft) -> dict[str, str]:
    """Return what the form of a draft sends when nothing is changed."""
    return questionnaire_form.fields_of(values_of(draft.text, "draft")) | {"revision": str(draft.revision)}


async def saves(visitor: Visitor, office: Office, **changed: str) -> None:
    await visitor.post(FIRST, fields(await stored(office)) | {"step": "save"} | changed)
    assert (visitor.status, visitor.location.split("?")[0]) == (303, FIRST), visitor.text
    await visitor.get(FIRST)


def faults(page: str) -> list[str]:
    found = re.search(r'aria-labelledby="faults".*?</section>', page, re.DOTALL)
    return (
        [
            html.unescape(re.sub("<[^>]+>", "", each)).strip()
            for each in re.findall(r"<li>(.*?)</li>", found[0], re.DOTALL)
        ]
        if found
        else []
    )


async def test_every_version_is_listed_read_and_compared_by_who_sees_figures(office: Office) -> None:
    reader = await office.visitor().signs_in("phantich")
    page = await reader.get(PATH)
    for each in packaged().versions():
        assert each.title.vi in page
        assert each.items[0].prompt.vi in html.unescape(await reader.get(f"{PATH}/{each.code}/{each.version}"))
    assert "Lập bản nháp" not in page
    page = await reader.get(f"{PATH}/compare?before=health:1&after=education:1")
    assert "<ins>" in page
    for path in (f"{PATH}/quick/9", f"{PATH}/absent/1", f"{PATH}/quick/x", f"{PATH}/compare?before=quick:1"):
        await reader.get(path)
        assert reader.status == 404, path


@pytest.mark.parametrize("login", ["canbo", "phantich", "lanhdao", "thuongtruc"])
async def test_only_the_administrator_writes_questionnaires(office: Office, login: str) -> None:
    await editor(office)
    other = await office.visitor().signs_in(login)
    for path in (FIRST, f"{FIRST}/text", f"{FIRST}/publish", f"{FIRST}/discard", f"{PATH}/drafts"):
        await other.post(path, {"revision": "1", "base": "quick:1"})
        assert other.status == 403, path
    assert (await stored(office)).revision == 1


async def test_faults_are_kept_told_at_their_places_and_mended(office: Office) -> None:
    visitor = await editor(office)
    await saves(
        visitor,
        office,
        item_1_prompt_en="",
        item_2_when="later <= 3",
        item_2_choices="waiting\ncost | Giá",
        title_vi="",
    )
    told = faults(visitor.text)
    assert [line.split(":")[0] for line in told] == [
        "title.vi", "Câu 1, Lời hỏi", "Câu 2, Chỉ hỏi khi", "Câu 2, Các lựa chọn", "Câu 2, Các lựa chọn",
    ]  # fmt: skip
    assert "Không có câu later ở phía trên" in visitor.text
    assert "waiting\ncost | Giá</textarea>" in visitor.text
    assert visitor.text.count('aria-invalid="true"') == 4
    await visitor.get(f"{FIRST}/publish")
    assert visitor.location == FIRST
    await saves(
        visitor, office, item_1_prompt_en="How?", item_2_when="overall <= 2", title_vi="Đánh giá",
        item_2_choices="waiting | Chờ lâu | Waiting\ncost | Giá | Cost",
    )  # fmt: skip
    assert faults(visitor.text) == []


async def test_items_are_added_moved_and_removed(office: Office) -> None:
    visitor = await editor(office)

    async def codes(**step: str) -> list[str]:
        await visitor.post(FIRST, fields(await stored(office)) | step)
        values = values_of((await stored(office)).text, "draft")
        return [each["code"] for each in questionnaire_form.tables_of(values, "items")]

    assert await codes(step="up-3") == ["overall", "comment", "reason"]
    assert await codes(step="down-2") == ["overall", "reason", "comment"]
    assert await codes(step="up-1") == ["overall", "reason", "comment"]
    assert await codes(step="remove-2") == ["overall", "comment"]
    assert await codes(step="add", add_after="1", add_kind="number") == ["overall", "q1", "comment"]
    assert await codes(step="add", add_after="9", add_kind="scale5") == ["overall", "q1", "comment", "q2"]
    await visitor.get(FIRST)
    assert "Câu 2, Số nhỏ nhất" in " ".join(faults(visitor.text))


async def test_of_two_editors_the_second_is_told_and_sees_both_texts(office: Office) -> None:
    first, second = await editor(office), await office.visitor().signs_in("quantri")
    before = fields(await stored(office))
    await second.get(FIRST)
    await saves(first, office, title_vi="Bản thứ nhất")
    await second.post(FIRST, before | {"step": "save", "title_vi": "Bản thứ hai"})
    assert second.status == 422
    assert "Bản thứ hai" in second.text
    assert "Bản thứ nhất" in second.text
    assert (await stored(office)).text.count("Bản thứ nhất") == 1
    await second.post(FIRST, before | {"step": "save", "title_vi": "Bản thứ hai", "revision": "2"})
    assert "Bản thứ hai" in (await stored(office)).text


async def test_the_text_is_the_one_truth_and_is_kept_even_when_it_is_no_toml(office: Office) -> None:
    visitor = await editor(office)
    await visitor.get(f"{FIRST}/text")
    await visitor.post(f"{FIRST}/text", {"revision": "1", "text": 'code = "quick\n# <b>ghi chú</b>'})
    assert visitor.status == 303
    page = await visitor.get(f"{FIRST}/text")
    assert "# &lt;b&gt;ghi chú&lt;/b&gt;" in page
    assert "đúng cú pháp TOML" in page
    await visitor.get(FIRST)
    assert visitor.location == f"{FIRST}/text"
    odd = written(packaged().load("quick")) + '\n[[items]]\ncode = "odd"\nkind = "text"\nprompt = "một thứ tiếng"\n'
    await visitor.post(f"{FIRST}/text", {"revision": "2", "text": odd})
    await visitor.get(FIRST)
    assert visitor.location == f"{FIRST}/text"  # the form has no field for such a prompt, and would lose it


async def test_publishing_shows_what_it_means_asks_for_a_day_and_is_for_good(office: Office) -> None:
    visitor = await editor(office)
    await saves(visitor, office, item_1_prompt_vi="Hôm nay Ông/Bà thấy thế nào?", step="remove-2")
    page = await visitor.get(f"{FIRST}/publish")
    assert "Lời hỏi thay đổi" in page
    assert "<ins>Hôm nay" in page
    publish = f"{FIRST}/publish"
    await visitor.post(publish, {"revision": "2", "first_day": "2026-11-16"})
    assert (visitor.status, "Xin điền ô này" in visitor.text) == (422, True)
    await visitor.post(publish, {"revision": "2", "first_day": "2026-11-15", "sure": "yes"})
    assert (visitor.status, "Ngày sớm nhất là 16/11/2026" in visitor.text) == (422, True)
    await visitor.post(publish, {"revision": "1", "first_day": "2026-11-16", "sure": "yes"})
    assert (visitor.status, "vừa được người khác sửa" in visitor.text) == (422, True)
    await visitor.post(publish, {"revision": "2", "first_day": "2026-11-20", "sure": "yes"})
    assert visitor.location == f"{PATH}/quick/2?done=questionnaire_publish"
    page = await visitor.get(visitor.location)
    assert "Hôm nay Ông/Bà thấy thế nào?" in page
    assert "từ 20/11/2026" in page
    known = await office.database.read(questionnaires.known)
    assert [known.in_force("quick", date(2026, 11, day)) for day in (19, 20)] == [
        known.load("quick", 1),
        known.load("quick", 2),
    ]
    page = await visitor.get(f"{PATH}/compare?before=quick:1&after=quick:2")
    assert "<del>" in page
    await visitor.get(FIRST)
    assert visitor.status == 404


@pytest.mark.parametrize("withdrawn_from", ["2026-11-20", "2026-11-22"])
async def test_publishing_is_held_against_the_newest_version_that_is_ever_asked(
    office: Office, withdrawn_from: str
) -> None:
    visitor = await editor(office, "health:1")
    await saves(visitor, office, item_1_prompt_vi="Hôm nay Ông/Bà thấy thế nào?")
    await visitor.post(f"{FIRST}/publish", {"revision": "2", "first_day": "2026-11-20", "sure": "yes"})
    await visitor.post(f"{PATH}/health/2", {"first_day": withdrawn_from, "sure": "yes"})
    assert visitor.location == f"{PATH}/health/2?done=questionnaire_withdraw"
    await visitor.post(f"{PATH}/drafts", {"base": "health:2", "code": ""})
    page = await visitor.get(f"{visitor.location.partition('?')[0]}/publish")
    is_against_the_first = withdrawn_from == "2026-11-20"  # the second never began
    assert ("<ins>Hôm nay" in page) == is_against_the_first
    assert ("Chuỗi số liệu nối tiếp" in page) == (not is_against_the_first)


async def test_a_questionnaire_of_a_new_code_is_begun_and_a_draft_is_discarded(office: Office) -> None:
    visitor = await editor(office, "blank", "cho-phien")
    assert faults(visitor.text) == []
    assert "Chợ" not in await visitor.get(f"{FIRST}/publish")
    await visitor.post(f"{PATH}/drafts", {"base": "quick:1", "code": "Chợ Phiên"})
    assert (visitor.status, 'value="Chợ Phiên"' in visitor.text) == (422, True)
    await visitor.post(f"{FIRST}/discard", {"revision": "1"})
    assert visitor.location == f"{PATH}?done=questionnaire_discard"
    await visitor.get(FIRST)
    assert visitor.status == 404


@given(made_up())
@settings(deadline=None, max_examples=40)
def test_what_the_form_shows_it_gives_back(made: Questionnaire) -> None:
    values = values_of(written(made), "made")
    form = Form({name: [text] for name, text in questionnaire_form.fields_of(values).items()})
    if questionnaire_form.fits(values):
        assert questionnaire_form.values_with(values, form) == values


def test_every_packaged_questionnaire_fits_the_form() -> None:
    assert all(questionnaire_form.fits(values_of(written(each), each.code)) for each in packaged().versions())


def told_by(module: str) -> list[str]:
    """Collect the ways out that a module tells, with 7 in every blank."""
    found: list[str] = []
    for node in ast.walk(ast.parse((CORE / module).read_text(encoding="utf-8"))):
        named = isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
            "refusal",
            "DataError",
            "_refuse",
        )
        assigned = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "way_out"
        parts = (
            [node.args[-1]]
            if named and isinstance(node, ast.Call)
            else [node.value]
            if assigned and isinstance(node, ast.Assign)
            else []
        )
        for part in parts:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                found.append(part.value)
            elif isinstance(part, ast.JoinedStr):
                found.append(
                    "".join(str(each.value) if isinstance(each, ast.Constant) else "7" for each in part.values)
                )
    return found


@pytest.mark.parametrize(
    ("module", "least"),
    [
        ("surveys/item_file.py", 5),
        ("surveys/questionnaires.py", 5),
        ("surveys/drafting.py", 5),
        ("surveys/xlsform_reading.py", 9),
        ("surveys/registry.py", 3),
        ("langnghe/xlsform_file.py", 3),
    ],
)
def test_every_way_out_of_a_questionnaire_is_told_in_vietnamese(module: str, least: int) -> None:
    ways_out = told_by(module)
    assert len(ways_out) >= least
    assert [each for each in ways_out if in_words(each, "vi") == each] == []


async def test_an_administrator_withdraws_a_version_after_confirming(office: Office) -> None:
    path = "/admin/questionnaires/health/1"
    analyst = await office.visitor().signs_in("phantich")
    assert "Rút phiếu hỏi" not in await analyst.get(path)
    await analyst.post(path, {"first_day": "2026-11-20", "sure": "yes"})
    assert analyst.status == 403
    visitor = await office.visitor().signs_in("quantri")
    assert "Rút phiếu hỏi" in await visitor.get(path)
    for typed in ({"first_day": "2026-11-20"}, {"sure": "yes"}, {"first_day": "2026-11-15", "sure": "yes"}):
        await visitor.post(path, typed)
        assert visitor.status == 422, typed
    await visitor.post(path, {"first_day": "2026-11-20", "sure": "yes"})
    assert visitor.location == f"{path}?done=questionnaire_withdraw"
    page = await visitor.get(path)
    assert "không hỏi nữa từ ngày 20/11/2026" in page
    assert "<summary>Rút phiếu hỏi" not in page
