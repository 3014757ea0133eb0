"""The desk: a petition's way, who may take which step, and what everybody hears, over real storage."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection

from offices.errors import DomainError
from petitions.answering import SeenDraft
from petitions.deadlines import Pace
from petitions.errors import ChangedMeanwhileError, NotFoundError, NotYoursError, WrongStatusError
from petitions.kinds import Subject
from petitions.lifecycle import Event, Status
from petitions.model import File, Outcome, Submission
from petitions.rights import Citizen
from storage import audit
from storage.database import Database
from tests.petitions.world import ECONOMY, HEAD, LAMP, OFFICE, REFERENCE, SOCIETY, World, build

Play = Callable[[Callable[[World], None]], Awaitable[None]]


def _again(world: World, connection: Connection) -> World:
    """Give the same world in another transaction."""
    return replace(world, connection=connection)


@pytest.fixture
def play(database: Database) -> Play:
    """Run a scene in a world of its own, once on each kind of database."""

    async def run(scene: Callable[[World], None]) -> None:
        await database.write(lambda connection: scene(build(connection)))

    return run


async def test_a_receipt_says_who_until_when_and_why(play: Play) -> None:
    def scene(world: World) -> None:
        receipt = world.submit()
        assert (receipt.unit, receipt.due_on) == (ECONOMY, date(2026, 3, 23))
        assert len(receipt.counted) == 15
        assert "Phòng Kinh tế" in receipt.because.vi
        assert world.desk.state(receipt.code.lower().replace("-", " ")).status is Status.FORWARDED
        assert world.heard(world.officer) == ["petition_new"]
        starts = [button["start"] for button in world.letters(world.officer)[0].body["buttons"]]
        assert starts == [f"case:{receipt.code}:{step}" for step in ("accept", "transfer", "ask", "draft", "reject")]
        assert world.heard(world.clerk) == []

    await play(scene)


async def test_the_usual_way_ends_with_an_answer_published_rated_and_resolved(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.answered()
        world.desk.publish(code, world.coordinator, "Đèn đường hỏng", "Đã thay bóng đèn.")
        world.desk.resolve(code, world.officer, "Đã thay bóng", evidence="Ảnh chụp ngày 04/3")
        world.desk.rate_answer(code, world.citizen, 2, "Hơi lâu")
        petition = world.petition(code)
        assert petition.status is Status.PUBLISHED
        assert petition.resolved_at == petition.answered_at == world.now
        assert (petition.leg.outcome, petition.leg.publish_by) == (Outcome.ANSWERED, date(2026, 3, 4))
        expected = ["petition_accepted", "petition_answered", "petition_published", "petition_resolved"]
        assert world.heard() == expected
        assert world.heard(world.leader) == ["petition_draft", "petition_rated_low"]
        steps = [entry.event for entry in world.desk.history(code, world.officer)]
        assert steps == [
            "submit",
            "forward",
            "accept",
            "draft",
            "approve",
            "answer",
            "publish",
            "resolve",
            "rate_answer",
        ]
        assert audit.verify(world.connection)[1] is None

    await play(scene)


async def test_the_sender_sees_his_steps_and_no_official_or_internal_word(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        world.desk.transfer(code, world.officer, SOCIETY, "việc này không phải của phòng tôi")
        entries = world.desk.history(code, world.citizen)
        assert [entry.event for entry in entries] == ["submit", "forward", "transfer"]
        assert all(entry.staff_id is None for entry in entries)
        assert entries[-1].details == {}

    await play(scene)


async def test_nobody_outside_learns_whether_a_petition_exists(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        for actor in (world.stranger, world.only_leader, world.analyst, world.clerk):
            for known in (code, "PA-ZZZZ-ZZZZ-ZZZZ", "đèn đường"):
                with pytest.raises(NotFoundError):
                    world.desk.see(known, actor)
        for official in (world.only_leader, world.clerk, world.analyst):
            with pytest.raises(NotFoundError):
                world.desk.accept(code, official)
        with pytest.raises(NotFoundError):
            world.desk.withdraw(code, world.stranger)
        assert world.petition(code).version == 2

    await play(scene)


async def test_a_second_press_says_what_the_petition_is_now(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        world.desk.accept(code, world.officer)
        for official in (world.officer, world.second_officer):
            with pytest.raises(WrongStatusError) as refused:
                world.desk.accept(code, official)
            assert refused.value.status is Status.ACCEPTED
        assert world.heard() == ["petition_accepted"]

    await play(scene)


async def test_two_officials_pressing_at_once_have_one_effect(database: Database) -> None:
    world = await database.write(build)
    code = (await database.write(lambda connection: _again(world, connection).submit())).code

    def accept(name: str, connection: Connection) -> None:
        again = _again(world, connection)
        again.desk.accept(code, again.officials[name])

    presses = [database.write(partial(accept, name)) for name in ("officer", "second_officer") * 4]
    results = await asyncio.gather(*presses, return_exceptions=True)
    assert [type(result) for result in results].count(WrongStatusError) == 7
    steps = await database.read(lambda connection: _again(world, connection).desk.history(code, world.officer))
    assert [entry.event for entry in steps] == ["submit", "forward", "accept"]


async def test_an_officer_cannot_approve_and_a_leader_not_his_own_draft(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        world.desk.draft_answer(code, world.leader, "Đã sửa.")
        assert Event.APPROVE not in world.desk.possible(code, world.leader)
        with pytest.raises(NotYoursError):
            world.desk.approve(code, world.officer)
        with pytest.raises(DomainError, match="petition_own_draft"):
            world.desk.approve(code, world.leader)
        world.desk.draft_answer(code, world.second_officer, "Đã sửa xong.")
        assert Event.APPROVE in world.desk.possible(code, world.leader)
        assert world.desk.approve(code, world.leader).status is Status.ANSWERED

    await play(scene)


async def test_a_leader_approves_the_draft_that_he_was_shown_and_no_other(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        world.desk.draft_answer(code, world.officer, "Đã sửa.")
        shown = world.desk.see(code, world.leader).version
        world.desk.draft_answer(code, world.second_officer, "Việc này không có gì phải sửa.")
        with pytest.raises(ChangedMeanwhileError):
            world.desk.approve(code, world.leader, seen=SeenDraft(shown, 0))
        assert world.petition(code).status is Status.DRAFTED
        shown = world.desk.see(code, world.leader).version
        world.desk.add(code, world.citizen, "Cả đèn bên cạnh nữa")
        world.desk.approve(code, world.leader, send=False, seen=SeenDraft(shown, 0))
        with pytest.raises(ChangedMeanwhileError):
            world.desk.answer(code, world.officer, seen=SeenDraft(shown - 1, 0))
        assert (
            world.desk.answer(code, world.officer, seen=SeenDraft(shown, 0)).answer == "Việc này không có gì phải sửa."
        )

    await play(scene)


async def test_who_is_alone_in_a_unit_may_approve_his_own_draft_and_it_is_written_down(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit("Trường mầm non chưa công khai học phí", Subject.REGULATION, field="education").code
        world.desk.draft_answer(code, world.only_leader, "Đã niêm yết.")
        world.desk.approve(code, world.only_leader, send=False)
        entry = world.desk.history(code, world.only_leader)[-1]
        assert (entry.event, entry.details) == ("approve", {"alone": True})
        assert world.desk.answer(code, world.only_leader).status is Status.ANSWERED

    await play(scene)


async def test_a_draft_goes_back_with_a_remark(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        world.desk.draft_answer(code, world.officer, "Đã sửa.")
        world.desk.return_draft(code, world.leader, "Ghi rõ ngày sửa")
        assert world.facts(world.officer)["text"] == "Ghi rõ ngày sửa"
        assert world.petition(code).status is Status.ACCEPTED

    await play(scene)


async def test_the_clock_stands_still_while_the_sender_is_asked(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        world.later(days=1)
        world.desk.ask_citizen(code, world.officer, "Đèn nào ạ?")
        assert world.heard() == ["petition_question"]
        world.later(days=30)
        assert not world.petition(code).is_late(world.now)
        assert not world.desk.remind(code, "half")
        world.desk.supply(code, world.citizen, "Đèn số 5", [File("ab.jpg", "image/jpeg", 10)])
        petition = world.petition(code)
        assert petition.leg.due_on == date(2026, 4, 22)
        assert petition.working_days_taken(REFERENCE.calendar, world.now) == 1
        assert world.heard(world.officer)[-1] == "petition_supplied"

    await play(scene)


async def test_a_question_can_be_given_up(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        world.desk.ask_citizen(code, world.officer, "Đèn nào ạ?")
        world.later(days=7)
        assert world.desk.resume(code, world.officer, "Đã tự kiểm tra").leg.due_on == date(2026, 3, 30)
        assert world.heard()[-1] == "petition_resumed"

    await play(scene)


async def test_a_transfer_starts_a_new_leg_and_clock(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        world.later(days=2)
        petition = world.desk.transfer(code, world.officer, SOCIETY, "Thuộc văn hóa xã hội")
        assert [leg.unit for leg in petition.legs] == [ECONOMY, SOCIETY]
        assert petition.legs[0].outcome is Outcome.TRANSFERRED
        assert petition.leg.due_on == date(2026, 3, 25)
        assert world.heard() == ["petition_moved"]
        assert world.heard(world.only_leader) == ["petition_passed_on"]
        with pytest.raises(NotFoundError):
            world.desk.see(code, world.officer)

    await play(scene)


@pytest.mark.parametrize(("unit", "key"), [(ECONOMY, "petition_same_unit"), ("x", "petition_unit_unknown")])
async def test_a_transfer_needs_another_unit_that_exists(play: Play, unit: str, key: str) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        with pytest.raises(DomainError, match=key):
            world.desk.transfer(code, world.officer, unit, "lý do")
        assert world.petition(code).version == 2

    await play(scene)


async def test_what_is_sent_back_lies_on_the_coordinators_desk_and_is_forwarded(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        back = world.desk.send_back(code, world.officer, "Không thuộc lĩnh vực của phòng")
        assert (back.status, back.unit) == (Status.RECEIVED, OFFICE)
        assert world.heard(world.coordinator) == ["petition_sent_back"]
        world.desk.triage(code, world.coordinator, field="culture", subject=Subject.REGULATION)
        forwarded = world.desk.forward(code, world.coordinator, SOCIETY)
        assert (forwarded.status, forwarded.unit, forwarded.field) == (Status.FORWARDED, SOCIETY, "culture")

    await play(scene)


async def test_what_no_rule_catches_waits_for_the_coordinator(play: Play) -> None:
    def scene(world: World) -> None:
        receipt = world.submit("Cán bộ một cửa quát dân", Subject.CONDUCT, field=None)
        assert receipt.unit == OFFICE
        assert world.desk.state(receipt.code).status is Status.RECEIVED
        assert world.heard(world.coordinator) == ["petition_on_desk"]
        world.desk.accept(receipt.code, world.coordinator)
        world.desk.draft_answer(receipt.code, world.clerk, "Đã chấn chỉnh.")
        assert world.desk.approve(receipt.code, world.office_leader).status is Status.ANSWERED

    await play(scene)


async def test_conduct_of_a_named_unit_is_kept_from_its_line(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit("Cán bộ quát dân", Subject.CONDUCT, about=ECONOMY).code
        assert world.petition(code).unit == OFFICE
        for official in (world.officer, world.leader):
            assert world.heard(official) == []
            with pytest.raises(NotFoundError):
                world.desk.see(code, official)
        with pytest.raises(DomainError, match="petition_unit_in_line"):
            world.desk.forward(code, world.coordinator, ECONOMY)

    await play(scene)


@pytest.mark.parametrize("subject", [Subject.SITE, Subject.REGULATION])
@pytest.mark.parametrize("about", [ECONOMY, SOCIETY, None])
async def test_words_of_conduct_sent_as_something_else_wait_for_the_coordinator(
    play: Play, subject: Subject, about: str | None
) -> None:
    def scene(world: World) -> None:
        receipt = world.submit("Cán bộ quát mắng dân khi đến hỏi về đèn đường", subject, about=about)
        petition = world.petition(receipt.code)
        assert (petition.unit, petition.status, petition.subject) == (OFFICE, Status.RECEIVED, subject)
        assert (petition.kept_from, petition.route_rule) == (about, "held-conduct")
        assert "thái độ, hành vi" in receipt.because.vi
        assert "conduct" in receipt.because.en
        assert receipt.sources[0]
        assert world.heard(world.coordinator) == ["petition_on_desk"]
        for official in (world.officer, world.leader, world.only_leader):
            assert world.heard(official) == []
            with pytest.raises(NotFoundError):
                world.desk.see(receipt.code, official)

    await play(scene)


async def test_words_of_conduct_about_the_coordinator_wait_for_the_head(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit("Văn phòng hách dịch, hồ sơ chậm", Subject.REGULATION, about=OFFICE).code
        assert (world.petition(code).unit, world.heard(world.head)) == (HEAD, ["petition_on_desk"])
        with pytest.raises(NotFoundError):
            world.desk.see(code, world.coordinator)

    await play(scene)


async def test_what_was_held_back_is_released_or_confirmed_by_triage(play: Play) -> None:
    def scene(world: World) -> None:
        words = "Hàng quán chửi bới, lấn chiếm vỉa hè"
        released, confirmed = (world.submit(words, about=ECONOMY).code for _ in range(2))
        with pytest.raises(DomainError, match="petition_unit_in_line"):
            world.desk.forward(released, world.coordinator, ECONOMY)
        world.desk.triage(released, world.coordinator, subject=Subject.SITE)
        assert world.desk.forward(released, world.coordinator, ECONOMY).unit == ECONOMY
        world.desk.triage(confirmed, world.coordinator, subject=Subject.CONDUCT)
        with pytest.raises(DomainError, match="petition_unit_in_line"):
            world.desk.forward(confirmed, world.coordinator, ECONOMY)

    await play(scene)


@pytest.mark.parametrize("accepted", [False, True])
async def test_conduct_found_at_the_accused_unit_is_taken_from_it(play: Play, *, accepted: bool) -> None:
    def scene(world: World) -> None:
        code = world.submit("Cán bộ này làm việc với tôi rất khó hiểu").code
        if accepted:
            world.desk.accept(code, world.officer)
        assert Event.TRIAGE not in world.desk.possible(code, world.leader)
        world.desk.triage(code, world.coordinator, field="land")
        assert world.petition(code).status is (Status.ACCEPTED if accepted else Status.FORWARDED)
        taken = world.desk.triage(code, world.coordinator, subject=Subject.CONDUCT, about=ECONOMY)
        assert (taken.unit, taken.kept_from, taken.status) == (OFFICE, ECONOMY, Status.FORWARDED)
        assert taken.handler is None
        assert [leg.unit for leg in taken.legs] == [ECONOMY, OFFICE]
        for official in (world.officer, world.leader):
            with pytest.raises(NotFoundError):
                world.desk.see(code, official)
        steps = [entry.event for entry in world.desk.history(code, world.coordinator)]
        assert steps[-2:] == ["triage", "transfer"]
        assert world.heard()[-1] == "petition_moved"
        assert world.heard(world.clerk) == ["petition_new"]
        assert world.desk.transfer(code, world.coordinator, SOCIETY, "Để đơn vị khác xem").unit == SOCIETY

    await play(scene)


async def test_triage_does_not_make_a_late_petition_on_time(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit(pace=Pace.URGENT).code
        world.later(days=2)
        assert world.petition(code).is_late(world.now)
        assert world.desk.triage(code, world.coordinator, pace=Pace.NORMAL).is_late(world.now)

    await play(scene)


async def test_conduct_of_the_coordinator_is_the_heads_own_matter(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit("Cán bộ văn phòng hách dịch", Subject.CONDUCT, about=OFFICE).code
        assert world.petition(code).unit == HEAD
        assert world.heard(world.head) == ["petition_on_desk"]
        with pytest.raises(NotFoundError):
            world.desk.see(code, world.coordinator)
        world.desk.forward(code, world.head, SOCIETY)
        assert world.heard(world.only_leader) == ["petition_new"]
        world.desk.draft_answer(code, world.only_leader, "Đã làm việc với người liên quan.")
        world.desk.approve(code, world.only_leader)
        assert world.heard(world.head)[-1] == "petition_to_publish"
        assert Event.PUBLISH in world.desk.possible(code, world.head)
        world.desk.publish(code, world.head, "Thái độ phục vụ", "Đã làm việc với người liên quan.")
        with pytest.raises(NotFoundError):
            world.desk.see(code, world.coordinator)

    await play(scene)


async def test_a_refusal_names_its_reason_and_the_way_out(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        with pytest.raises(DomainError, match="petition_reason_unknown"):
            world.desk.reject(code, world.officer, "because", "không")
        world.desk.reject(code, world.officer, "duplicate", "Trùng với phản ánh trước")
        assert {"reason", "way_out", "text", "code"} == set(world.facts())
        assert world.petition(code).leg.outcome is Outcome.REJECTED

    await play(scene)


async def test_a_redirection_names_the_competent_body(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        petition = world.desk.redirect(code, world.officer, "Công ty điện lực", "Đèn do công ty quản lý")
        assert (petition.status, petition.redirected_to) == (Status.REDIRECTED, "Công ty điện lực")
        assert world.heard() == ["petition_redirected"]

    await play(scene)


async def test_there_is_one_extension_with_its_reason(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        with pytest.raises(NotYoursError):
            world.desk.extend(code, world.officer, "Chờ vật tư")
        assert world.desk.extend(code, world.leader, "Chờ vật tư").leg.due_on == date(2026, 4, 6)
        assert world.facts()["text"] == "Chờ vật tư"
        assert Event.EXTEND not in world.desk.possible(code, world.leader)
        with pytest.raises(DomainError, match="petition_already_extended"):
            world.desk.extend(code, world.leader, "Chờ thêm")

    await play(scene)


async def test_what_is_late_is_not_made_on_time_by_an_extension(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        late_from = world.petition(code).leg.late_from
        world.now = late_from - timedelta(seconds=1)
        assert Event.EXTEND in world.desk.possible(code, world.leader)
        world.now = late_from
        assert Event.EXTEND not in world.desk.possible(code, world.leader)
        with pytest.raises(DomainError, match="petition_too_late_to_extend") as refused:
            world.desk.extend(code, world.leader, "Chờ vật tư")
        assert refused.value.params == {"code": code, "due_on": date(2026, 3, 23)}
        assert world.petition(code).is_late(world.now)

    await play(scene)


async def test_a_solution_needs_evidence_or_a_reason_why_there_is_none(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.answered()
        with pytest.raises(DomainError, match="petition_evidence_missing"):
            world.desk.resolve(code, world.officer, "Đã thay bóng")
        world.desk.resolve(code, world.officer, "Đã nhắc nhở", reason="Việc nhắc nhở không có hình ảnh")
        with pytest.raises(DomainError, match="petition_already_resolved"):
            world.desk.resolve(code, world.officer, "Đã thay bóng", evidence="ảnh")

    await play(scene)


async def test_the_sender_may_add_and_withdraw(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        world.desk.add(code, world.citizen, "Cả đèn bên cạnh nữa")
        world.desk.withdraw(code, world.citizen)
        assert world.heard(world.officer) == ["petition_new", "petition_added", "petition_withdrawn"]
        assert world.desk.possible(code, world.citizen) == ()

    await play(scene)


async def test_an_answer_is_rated_once_from_one_to_five(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.answered()
        with pytest.raises(DomainError, match="petition_score_out_of_range"):
            world.desk.rate_answer(code, world.citizen, 6)
        assert Event.RATE_ANSWER in world.desk.possible(code, world.citizen)
        world.desk.rate_answer(code, world.citizen, 5)
        assert Event.RATE_ANSWER not in world.desk.possible(code, world.citizen)
        with pytest.raises(DomainError, match="petition_already_rated"):
            world.desk.rate_answer(code, world.citizen, 1)

    await play(scene)


async def test_second_looks_go_to_others_then_one_level_up_and_then_end(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.answered()
        second = world.desk.second_look(code, world.citizen, "Đèn vẫn hỏng")
        assert second.unit == OFFICE
        with pytest.raises(NotFoundError):
            world.desk.draft_answer(code, world.officer, "Đã sửa rồi")
        world.desk.draft_answer(code, world.clerk, "Đã kiểm tra và thay.")
        world.desk.approve(code, world.office_leader)
        assert world.desk.second_look(code, world.citizen, "Vẫn chưa được").unit == HEAD
        world.desk.draft_answer(code, world.head, "Đã chỉ đạo sửa.")
        world.desk.approve(code, world.head)
        with pytest.raises(DomainError, match="petition_no_more_looks"):
            world.desk.second_look(code, world.citizen, "Vẫn chưa")
        assert [leg.look for leg in world.petition(code).legs] == [0, 1, 2]

    await play(scene)


async def test_a_refusal_can_be_looked_at_again(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit().code
        world.desk.reject(code, world.officer, "unclear", "Không rõ")
        again = world.desk.second_look(code, world.citizen, "Đã nói rõ rồi")
        assert (again.unit, set(again.barred)) == (ECONOMY, {world.officer.id})
        with pytest.raises(NotYoursError):
            world.desk.accept(code, world.officer)
        assert world.desk.accept(code, world.second_officer).reason is None

    await play(scene)


async def test_who_decided_before_passes_a_second_look_on_and_decides_nothing(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit("Cán bộ một cửa quát dân", Subject.CONDUCT, field=None).code
        world.desk.reject(code, world.coordinator, "unclear", "Không rõ")
        assert world.desk.second_look(code, world.citizen, "Đã nói rõ rồi").unit == OFFICE
        world.desk.transfer(code, world.coordinator, SOCIETY, "Để đơn vị khác xem")
        with pytest.raises(DomainError, match="petition_decided_before"):
            world.desk.transfer(code, world.coordinator, OFFICE, "Lấy lại")
        world.desk.send_back(code, world.only_leader, "Không phải của phòng")
        offered = set(world.desk.possible(code, world.coordinator))
        assert offered == {Event.TRIAGE, Event.FORWARD}
        with pytest.raises(NotYoursError):
            world.desk.reject(code, world.coordinator, "unclear", "Vẫn không rõ")
        with pytest.raises(NotYoursError):
            world.desk.redirect(code, world.coordinator, "Cơ quan khác", "Không phải của xã")
        with pytest.raises(NotYoursError):
            world.desk.accept(code, world.coordinator)
        assert world.desk.forward(code, world.coordinator, HEAD).unit == HEAD
        assert Event.REJECT in world.desk.possible(code, world.head)

    await play(scene)


async def test_a_head_who_decided_before_can_still_pass_on_what_nobody_else_may(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit("Cán bộ văn phòng hách dịch", Subject.CONDUCT, about=OFFICE).code
        world.desk.forward(code, world.head, ECONOMY)
        world.desk.draft_answer(code, world.officer, "Đã nhắc nhở.")
        world.desk.approve(code, world.head)
        assert world.desk.second_look(code, world.citizen, "Chưa được").unit == ECONOMY
        back = world.desk.send_back(code, world.leader, "Không phải của phòng")
        assert (back.unit, back.status) == (HEAD, Status.RECEIVED)
        assert set(world.desk.possible(code, world.head)) == {Event.TRIAGE, Event.FORWARD}
        assert world.desk.forward(code, world.head, SOCIETY).unit == SOCIETY

    await play(scene)


async def test_a_denunciation_is_never_stored(play: Play) -> None:
    def scene(world: World) -> None:
        with pytest.raises(DomainError, match="petition_is_denunciation"):
            world.submit("Cán bộ nhận hối lộ")
        code = world.submit().code
        with pytest.raises(DomainError, match="petition_is_denunciation"):
            world.desk.add(code, world.citizen, "Cán bộ này đòi tiền")

    await play(scene)


@pytest.mark.parametrize(
    ("text", "key"), [("  \x00 ", "petition_text_missing"), ("a" * 5001, "petition_text_too_long")]
)
async def test_a_text_must_be_there_and_have_an_end(play: Play, text: str, key: str) -> None:
    def scene(world: World) -> None:
        with pytest.raises(DomainError, match=key):
            world.submit(text)

    await play(scene)


async def test_an_unknown_unit_is_refused_before_anything_is_stored(play: Play) -> None:
    def scene(world: World) -> None:
        with pytest.raises(DomainError, match="petition_unit_unknown"):
            world.submit(about="nowhere")

    await play(scene)


async def test_a_handlers_view_says_nothing_about_the_sender(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.answered()
        written = repr(world.desk.see(code, world.officer)) + repr(world.desk.history(code, world.officer))
        assert "person" not in written
        assert "chat" not in written
        assert isinstance(world.citizen, Citizen)
        assert {"person_id", "chat_id"} <= set(Submission.__dataclass_fields__)

    await play(scene)


async def test_the_text_is_kept_as_it_was_written(play: Play) -> None:
    def scene(world: World) -> None:
        assert world.desk.see(world.submit().code, world.citizen).text == LAMP

    await play(scene)


async def test_a_case_that_turns_out_to_be_about_its_owner_moves_to_the_head(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit("Cán bộ quát dân", Subject.CONDUCT, field=None).code
        moved = world.desk.triage(code, world.coordinator, about=OFFICE)
        assert (moved.unit, moved.kept_from, moved.status) == (HEAD, OFFICE, Status.TRIAGED)
        assert world.heard(world.head) == ["petition_on_desk"]
        with pytest.raises(NotFoundError):
            world.desk.see(code, world.coordinator)

    await play(scene)


async def test_without_other_eyes_the_sender_is_told_so_and_not_left_with_the_same(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.submit("Cán bộ văn phòng hách dịch", Subject.CONDUCT, about=OFFICE).code
        world.desk.reject(code, world.head, "unclear", "Không rõ")
        with pytest.raises(DomainError, match="petition_no_more_looks"):
            world.desk.second_look(code, world.citizen, "Tôi đã nói rõ")
        assert world.petition(code).status is Status.REJECTED

    await play(scene)


async def test_an_answer_that_nobody_fresh_could_approve_is_not_drafted(play: Play) -> None:
    def scene(world: World) -> None:
        code = world.answered()
        world.desk.second_look(code, world.citizen, "Vẫn hỏng")
        world.desk.reject(code, world.head, "duplicate", "Trùng")
        world.desk.second_look(code, world.citizen, "Không trùng")
        world.desk.transfer(code, world.coordinator, ECONOMY, "Đúng lĩnh vực")
        with pytest.raises(DomainError, match="petition_no_approver"):
            world.desk.draft_answer(code, world.second_officer, "Đã sửa.")

    await play(scene)
