"""The five messages of a walk, for the stacks that have no catalogue; as long as ours."""

from collections.abc import Sequence
from typing import Any

from benchmarks.walks.walk import UNIT

SCALE = ("Rất không hài lòng", "Không hài lòng", "Bình thường", "Hài lòng", "Rất hài lòng")


def which_field(fields: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Ask for one of the fields (code, name)."""
    buttons = [*((name, f"f.{code}") for code, name in fields), ("Bỏ qua", "f.-skip")]
    return _body("Ông/Bà đến về việc gì? Bấm chọn, gõ tên việc, hoặc bỏ qua.", buttons)


def how_satisfied() -> dict[str, Any]:
    """Ask for the score."""
    buttons = [*((f"{score} · {name}", f"s.{score}") for score, name in enumerate(SCALE, start=1)), ("Hủy", "-cancel")]
    question = "Nhìn chung, Ông/Bà hài lòng ở mức nào với lần phục vụ này?"
    return _body(f"Đánh giá: {UNIT}, bộ phận một cửa của xã mẫu\n\n{question}", buttons)


def any_comment() -> dict[str, Any]:
    """Ask for a comment."""
    text = "Ông/Bà muốn nói thêm điều gì với cơ quan? Xin không ghi số giấy tờ, số điện thoại."
    return _body(text, [("Bỏ qua", "c.-skip"), ("Quay lại", "c.-back"), ("Hủy", "c.-cancel")])


def offer() -> dict[str, Any]:
    """Thank, and offer the long questionnaire."""
    text = (
        "Cảm ơn Ông/Bà. Đánh giá đã được ghi nhận.\n\n"
        "Ông/Bà có thêm khoảng ba phút để đánh giá kỹ theo năm yếu tố không?"
    )
    return _body(text, [("Đánh giá kỹ", "o.more"), ("Không, cảm ơn", "o.no"), ("Hủy", "o.-cancel")])


def goodbye() -> dict[str, Any]:
    """End."""
    text = "Cảm ơn Ông/Bà đã dành thời gian. Kết quả chung được công bố, không nêu tên ai."
    return _body(text, [("Việc khác", "s:menu")])


def _body(text: str, buttons: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {"text": text, "buttons": [{"label": label, "data": data} for label, data in buttons], "columns": 1}
