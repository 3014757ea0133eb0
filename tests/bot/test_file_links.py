"""Links to files: they open the one file for their while, and nothing else."""

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from bot.file_links import LINK_DAYS, FileLinks
from bot.messages import OutgoingFile

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
LINKS = FileLinks.of("https://langnghe.example/", "khoa-mau")
NAMES = st.text(st.characters(exclude_characters="/", codec="utf-8"), min_size=1, max_size=40)
REFS = st.from_regex("[0-9a-f]{32}\\.(pdf|jpg|docx)", fullmatch=True)


def parts_of(link: str) -> tuple[str, str, str, str]:
    base, until, seal, ref, name = map(unquote, link.removeprefix("https://langnghe.example/").split("/"))
    assert base == "f"
    return until, seal, ref, name


@given(ref=REFS, name=NAMES, seconds=st.integers(0, 10**9))
def test_a_link_opens_its_file_for_its_while(ref: str, name: str, seconds: int) -> None:
    given_at = NOW + timedelta(seconds=seconds)
    parts = parts_of(LINKS.link(OutgoingFile(ref, name, "application/pdf", 10), given_at))
    assert parts[2:] == (ref, name)
    assert LINKS.holds_until(*parts) == given_at + timedelta(days=LINK_DAYS)


@given(part=st.integers(0, 3), other=NAMES)
def test_a_changed_link_opens_nothing(part: int, other: str) -> None:
    parts = parts_of(LINKS.link(OutgoingFile("ab" * 16 + ".pdf", "PA-1.pdf", "application/pdf", 10), NOW))
    until, seal, ref, name = (other if place == part else each for place, each in enumerate(parts))
    assert (LINKS.holds_until(until, seal, ref, name) is not None) == ((until, seal, ref, name) == parts)


def test_another_key_opens_nothing() -> None:
    parts = parts_of(LINKS.link(OutgoingFile("ab" * 16 + ".pdf", "PA-1.pdf", "application/pdf", 10), NOW))
    assert FileLinks.of("https://langnghe.example", "khoa-khac").holds_until(*parts) is None
