"""What simulated citizens write: short words, phrases that are common everywhere, and sentences of their own."""

from random import Random

SHORT = (
    "tốt",
    "Tốt",
    "Rất tốt",
    "ok",
    "Cảm ơn",
    "Hài lòng",
    "Nhanh gọn",
    "Tốt lắm ạ",
    "Bình thường",
    "Không có ý kiến",
)
COMMON = (
    "Cán bộ nhiệt tình, chu đáo, hướng dẫn tận tình", "Thái độ phục vụ của cán bộ rất tốt",
    "Tôi rất hài lòng với cách phục vụ", "Mong cơ quan tiếp tục phát huy trong thời gian tới",
    "Thủ tục nhanh gọn, không phải chờ đợi lâu", "Xin cảm ơn các anh chị đã giúp đỡ",
)  # fmt: skip
_WHO = ("Cô ở quầy", "Anh bảo vệ", "Chị tiếp nhận", "Cán bộ trẻ", "Người trực", "Bác trưởng bộ phận", "Em thực tập")
_WHEN = ("sáng thứ Hai", "chiều nay", "hôm qua", "tuần trước", "lúc gần trưa", "ngày mưa", "đầu tháng", "cuối giờ")
_DID = (
    "chỉ tôi cách điền tờ khai", "nói chuyện nhẹ nhàng", "gọi số hơi nhỏ", "in lại giấy giúp mẹ tôi", "xếp hàng đông",
    "giải thích phí phải nộp", "hẹn lại ngày khác", "nhắc tôi mang căn cước", "bấm máy lấy số giúp", "trả lời cộc lốc",
    "photo giúp mấy tờ giấy", "cho mượn bút", "tìm hồ sơ cũ khá lâu", "báo kết quả qua tin nhắn",
)  # fmt: skip
_ABOUT = (
    "đất nhà tôi", "khai sinh cho cháu", "giấy kết hôn", "thuê bao điện", "chế độ người có công", "bảo hiểm của bố",
    "giấy phép bán hàng", "nhà văn hóa xóm", "học bạ của con", "hộ nghèo", "tách thửa", "xe máy cũ", "mã số thuế",
)  # fmt: skip
_END = (
    "tôi thấy ổn", "mong làm thêm sáng thứ Bảy", "chỗ để xe chật", "đỡ phải đi lại", "hơi lâu nhưng được việc",
    "nên có thêm ghế", "nước uống đủ", "mạng chậm quá", "lần sau tôi làm ở nhà", "cả nhà đều mừng", "xong trong buổi",
)  # fmt: skip
_COMMENTS, _SHORT, _COMMON = 0.22, 0.45, 0.2
_PRAISE = (
    "Đơn vị làm việc khoa học, cán bộ luôn vì dân phục vụ, xứng đáng là điểm sáng",
    "Quy trình ở đây rõ ràng minh bạch, tôi đánh giá cao tinh thần trách nhiệm của tập thể",
    "Bộ phận một cửa phục vụ chuyên nghiệp, đúng hẹn, không có gì phải phàn nàn",
    "Lãnh đạo quan tâm sát sao, nhân viên tận tụy, người dân chúng tôi rất yên tâm",
    "Chất lượng phục vụ vượt mong đợi, đề nghị khen thưởng tập thể cán bộ nơi đây",
)
_SWAPS = (
    ("rất", "vô cùng"),
    ("cán bộ", "nhân viên"),
    ("tôi", "mình"),
    ("phục vụ", "làm việc"),
    ("đề nghị", "kính mong"),
)


def comment(chance: Random) -> str | None:
    """Draw what an honest citizen writes; mostly nothing."""
    if chance.random() >= _COMMENTS:
        return None
    kind = chance.random()
    if kind < _SHORT:
        return chance.choice(SHORT)
    if kind < _SHORT + _COMMON:
        return chance.choice(COMMON)
    return own_words(chance)


def own_words(chance: Random) -> str:
    """Make a sentence that hardly anybody else writes."""
    first = f"{chance.choice(_WHEN)} {chance.choice(_WHO).lower()} {chance.choice(_DID)}"
    about = f" khi làm {chance.choice(_ABOUT)}" if chance.random() < 0.7 else ""
    return f"{first}{about}, {chance.choice(_END)}"


def praise(chance: Random) -> str:
    """Choose, or put together, the text that a campaign hands out."""
    return chance.choice(_PRAISE) if chance.random() < 0.5 else own_words(chance)


def varied(chance: Random, text: str) -> str:
    """Change a handed-out text a little, as people do who were told not to copy it."""
    kind = chance.random()
    if kind < 0.4:
        return text
    if kind < 0.6:
        return text + chance.choice((".", " !", " ạ", "..."))
    if kind < 0.8:
        old, new = chance.choice(_SWAPS)
        return text.replace(old, new, 1)
    words = text.split()
    del words[chance.randrange(len(words))]
    return " ".join(words)
