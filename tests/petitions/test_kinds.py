"""Which door a text belongs to: plain sentences, hard ones, and ones typed without marks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offices.words import fold
from petitions.kinds import Kind, Subject, recognise, signals, suggest_subject

DENUNCIATIONS = [
    "Tôi muốn tố cáo cán bộ địa chính nhận hối lộ",
    "Cán bộ một cửa đòi tiền mới chịu nhận hồ sơ",
    "Phải có phong bì thì hồ sơ mới được ký",
    "Trưởng thôn ăn chặn tiền hỗ trợ người nghèo",
    "Kế toán xã biển thủ tiền quỹ",
    "Cán bộ vòi vĩnh lót tay 5 triệu đồng",
    "Đề nghị làm rõ việc tham ô tiền xây nhà văn hóa",
    "Có người giả mạo chữ ký của tôi để bán đất công",
    "Lãnh đạo xã lợi dụng chức vụ chia chác đất",
    "Cán bộ gợi ý bồi dưỡng thì mới làm nhanh",
    "Lập hồ sơ giả để hưởng chế độ người có công",
    "Lực lượng trật tự bảo kê cho hàng quán lấn chiếm vỉa hè",
    "toi to cao can bo nhan tien cua dan",
    "can bo xa tham nhung tien lam duong",
    "no bat dua tien moi ky giay",
    "I want to report a bribe paid to the land officer",
    "The officer extorted money from my family",
]
DENUNCIATIONS_WITHOUT_MARKS = [
    "toi muon to cao ong chu tich xa",
    "toi gui don to cao can bo dia chinh",
    "toi to cao",
    "to cao ong A",
    "tố cao ông A",
    "Tôi muốn tố cao ông chủ tịch xã",
    "Tôi to cáo bà kế toán trường",
    "Tôi muốn to cao ông chủ tịch xã",
    "Tôi gửi đơn to cao cán bộ địa chính",
    "Xin to cao lãnh đạo phòng",
    "toi xin to cao ba truong thon",
    "toi can to cao mot viec",
    "chung toi to cao lanh dao xa",
    "don to cao",
    "gui don to cao o dau",
    "toi lam don to cao truoc phap luat",
    "to cao anh cong an vien",
    "to cao chi ke toan",
    "to cao chu tich",
    "to cao pho chu tich xa",
    "to cao bi thu chi bo",
    "to cao hieu truong",
    "to cao giam doc trung tam",
    "TO CAO CAN BO XA",
    "To cao: can bo xa an tien",
    "ca nha to cao can bo dia chinh",
    "toi muon to cao qua dien thoai",
    "nguoi dan to cao viec chia dat",
    "nguoi to cao la ai",
    "noi dung to cao nhu sau",
    "bi to cao ma van lam can bo",
    "to cao viec xay nha to cao ca pho",
    "ban than toi la Mai to cao ong A",
    "chung toi dang to cao viec nay",
    "toi to cao nhu sau",
    "toi to cao che do chinh sach bi cat xen",
    "viec chia dat to cao mai khong ai xem",
    "toi to giac hanh vi cua can bo",
]
COMPLAINTS = [
    "Tôi khiếu nại quyết định xử phạt hành chính số 12",
    "Đề nghị hủy quyết định thu hồi đất của gia đình tôi",
    "Tôi không đồng ý với quyết định cưỡng chế",
    "Mức bồi thường không thỏa đáng, đề nghị xem lại",
    "Yêu cầu thu hồi quyết định cho thôi hưởng trợ cấp",
    "Đã nộp đơn khiếu nại lần hai mà chưa được giải quyết",
    "toi khieu nai viec boi thuong dat",
    "Gia đình tôi không đồng ý giá đền bù",
    "Please revoke the decision on my house",
]
EMERGENCIES = [
    ("Nhà đang cháy ở thôn 3, cứu với", ("114",)),
    ("chay nha o cho, goi xe gap", ("114",)),
    ("Có đám cháy lớn gần trạm xăng", ("114",)),
    ("Rò rỉ gas ở quán ăn", ("114",)),
    ("Có trẻ bị đuối nước ở kênh", ("114",)),
    ("Hai nhóm thanh niên đang đánh nhau, có người cầm dao", ("113",)),
    ("Vừa bị cướp giật túi xách", ("113",)),
    ("Tai nạn giao thông ở ngã tư, có người bất tỉnh", ("115",)),
    ("co nguoi bi dien giat", ("115",)),
    ("There is a house fire in hamlet 2", ("114",)),
    ("Cháy nhà, có người bị thương nặng", ("114", "115")),
]
QUESTIONS = [
    "Cho tôi hỏi làm khai sinh cần những giấy tờ gì?",
    "Xin hỏi bộ phận một cửa làm việc mấy giờ ạ",
    "Lệ phí chứng thực bao nhiêu tiền?",
    "Nộp hồ sơ đất đai ở đâu?",
    "cho hoi thu tuc nhu the nao",
    "Tôi muốn hỏi cấp lại sổ hộ nghèo có được không?",
    "What documents do I need for a birth certificate?",
    "How much is the certification fee?",
]
PLAIN = [
    "Đèn đường thôn 3 hỏng hai tuần nay chưa ai sửa",
    "Cán bộ một cửa thái độ hách dịch, quát dân",
    "Cán bộ gây khó dễ, bắt đi lại nhiều lần",
    "can bo nhung nhieu, cham tre khong chiu giai quyet",
    "Hồ sơ đất đai trễ hẹn 20 ngày không có thư xin lỗi",
    "Cho tôi hỏi sao đèn đường hỏng cả tháng không ai sửa?",
    "Xin hỏi bao giờ rác ở chợ mới được dọn, hôi quá",
    "Cây to cao sắp đổ vào mái nhà dân",
    "cay to cao truoc cong truong de gay",
    "nha to cao che het anh sang nha toi",
    "Nhà to cao che hết ánh sáng",
    "toa nha to cao xay sat mep duong",
    "cot dien to cao bi nghieng",
    "Cột điện to cao bị nghiêng",
    "tuong rao to cao che tam nhin o nga ba",
    "hang cay to cao ven duong can cat tia",
    "cay da to cao sap do",
    "cay xa cu to cao truoc cong truong can cat canh",
    "cay truoc nha toi to cao sap do",
    "cay phuong to cao de gay khi mua bao",
    "cay to cao ong Ba trong lan ra duong",
    "Cây to cao ông Ba trồng lấn ra đường",
    "bien quang cao to cao che den giao thong",
    "xe o to cao tai chay am am ca dem",
    "bai do o to cao gia khong niem yet",
    "cua hang xe mo to cao cap chiem via he",
    "to cao tuoi thon 3 chua co nha sinh hoat",
    "trong rung cao su, to cao su so 2 xa nuoc thai",
    "cong truong to cao qua kho mo",
    "rac do thanh dong to cao nhu nui",
    "Yếu tố cao tuổi chưa được xem xét khi cấp thẻ",
    "Bóng đèn bị cháy ở ngõ 5",
    "Đề nghị kiểm tra phòng cháy chữa cháy ở chợ",
    "Đoạn đường này hay xảy ra tai nạn, đề nghị lắp gương cầu",
    "Ổ gà lớn rất dễ tai nạn",
    "Khoa cấp cứu trạm y tế chờ lâu",
    "Thủ tục chứng thực yêu cầu giấy tờ không đúng quy định",
    "Kiến nghị rút ngắn thời gian giải quyết cấp giấy phép",
    "Đề nghị tuyên truyền phòng, chống tham nhũng ở thôn",
    "Dây điện chùng thấp, nguy cơ điện giật",
    "Xe rác không đến thu gom, mùi hôi thối",
    "Hàng quán lấn chiếm vỉa hè trước cổng chợ",
    "Nước sạch mất ba ngày",
    "Nhà hàng xóm hát karaoke ồn tới khuya",
    "Chờ hai tiếng mà không được gọi số",
    "Thu phí vệ sinh cao hơn mức niêm yết",
    "Học phí trường mầm non chưa công khai",
    "Đề nghị có lối đi cho xe lăn ở trụ sở",
    "Cảm ơn cán bộ một cửa rất nhiệt tình",
    "Cống thoát nước tắc, ngập cả ngõ",
    "den duong hong",
    "Xây nhà không phép bên cạnh nhà tôi",
    "Công trình không có bạt bao che bụi",
    "Biển chỉ đường bị gãy",
    "Hồ sơ của tôi bị mắc kẹt ở khâu thẩm định đã một tháng",
    "Mạng dịch vụ công lỗi, không nộp được hồ sơ trực tuyến",
    "The street light in front of the school is broken",
    "The clerk was rude and slow",
    "ok",
    "",
]


@pytest.mark.parametrize("text", DENUNCIATIONS + DENUNCIATIONS_WITHOUT_MARKS)
def test_a_crime_or_bribe_is_a_denunciation(text: str) -> None:
    found = recognise(text)
    assert found.kind is Kind.DENUNCIATION
    assert found.words
    assert not found.kind.may_insist


@pytest.mark.parametrize("text", COMPLAINTS)
def test_asking_to_undo_a_decision_is_a_complaint(text: str) -> None:
    assert recognise(text).kind is Kind.COMPLAINT


@pytest.mark.parametrize(("text", "numbers"), EMERGENCIES)
def test_an_emergency_names_its_telephone_numbers(text: str, numbers: tuple[str, ...]) -> None:
    found = recognise(text)
    assert (found.kind, found.numbers) == (Kind.EMERGENCY, numbers)


@pytest.mark.parametrize("text", QUESTIONS)
def test_only_asking_is_a_question(text: str) -> None:
    assert recognise(text).kind is Kind.QUESTION


@pytest.mark.parametrize("text", PLAIN)
def test_everything_else_stays_a_pakn(text: str) -> None:
    assert signals(text) == ()


@pytest.mark.parametrize("text", [text for text in DENUNCIATIONS + COMPLAINTS if "ăn chặn" not in text])
def test_a_text_typed_without_marks_is_recognised_alike(text: str) -> None:
    if "lót tay" not in text:
        assert recognise(fold(text)).kind is recognise(text).kind


def test_old_and_new_tone_placement_are_the_same_word() -> None:
    assert recognise("Có hoả hoạn ở chợ").kind is recognise("Có hỏa hoạn ở chợ").kind is Kind.EMERGENCY


def test_a_denunciation_behind_an_emergency_is_not_lost() -> None:
    kinds = [found.kind for found in signals("Cháy nhà kho để phi tang việc tham ô")]
    assert kinds == [Kind.EMERGENCY, Kind.DENUNCIATION]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Cán bộ quát dân khi nộp hồ sơ chứng thực", Subject.CONDUCT),
        ("Đèn đường hỏng", Subject.SITE),
        ("rac thai bua bai", Subject.SITE),
        ("Thủ tục cấp giấy phép yêu cầu thừa giấy tờ", Subject.REGULATION),
        ("quat tran trong phong cho bi hong, thieu ghe", None),
        ("ham chui ngap nuoc", Subject.SITE),
        ("Khói lò gạch gây khó thở cho cả thôn", None),
        ("can bo quat mang dan", Subject.CONDUCT),
        ("Xin chào", None),
    ],
)
def test_the_subject_is_suggested_from_the_words(text: str, subject: Subject | None) -> None:
    assert suggest_subject(text) is subject


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=200))
def test_any_text_is_recognised_as_something(text: str) -> None:
    assert recognise(text).kind in Kind
