"""How dates, numbers, shares and durations are written, in Vietnamese ("vi") and English ("en"); pure functions.

Moments are shown in the time of Vietnam. A language that is not "en" is written the Vietnamese way.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")

_ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = {
    "vi": ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_SPANS = (
    (timedelta(days=1), "ngày", "day"),
    (timedelta(hours=1), "giờ", "hour"),
    (timedelta(minutes=1), "phút", "minute"),
)
_KILO = 1000
_PARTS_OF_A_DURATION = 2  # "2 ngày 3 giờ": a third part says nothing more


def date_vi(day: date) -> str:
    """Write a date the Vietnamese way.

    >>> date_vi(date(2026, 11, 21))
    '21/11/2026'
    """
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def day_and_month(day: date) -> str:
    """Write a day within a list of days of one term: "21/11"."""
    return f"{day.day:02}/{day.month:02}"


def date_text(day: date, language: str) -> str:
    """Write a date: "21/11/2026", "21 Nov 2026"; the English month is in letters so that no one swaps it.

    >>> date_text(date(2026, 11, 21), "en")
    '21 Nov 2026'
    """
    return f"{day.day} {_ENGLISH_MONTHS[day.month - 1]} {day.year}" if language == "en" else date_vi(day)


def weekday_text(day: date, language: str) -> str:
    """Name the day of the week: "Thứ Hai", "Monday"."""
    return _WEEKDAYS[_known(language)][day.weekday()]


def date_with_weekday(day: date, language: str) -> str:
    """Write a date with its weekday: "Thứ Hai, 23/11/2026", "Monday, 23 Nov 2026"."""
    return f"{weekday_text(day, language)}, {date_text(day, language)}"


def time_text(moment: datetime) -> str:
    """Write the time of day in Vietnam, 24 hours: "16:05". Raises ValueError for a time without zone."""
    return f"{_local(moment):%H:%M}"


def datetime_text(moment: datetime, language: str) -> str:
    """Write date and time in Vietnam: "16:05 ngày 21/11/2026", "16:05 on 21 Nov 2026".

    Raises ValueError for a time without zone.
    """
    between = "on" if language == "en" else "ngày"
    return f"{time_text(moment)} {between} {date_text(_local(moment).date(), language)}"


def number(value: Decimal | float, language: str, decimals: int = 0) -> str:
    """Write a number with thousand separators: "12.345,6" in Vietnamese, "12,345.6" in English; halves round up.

    >>> number(12345.65, "vi", 1)
    '12.345,7'
    """
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    english = f"{rounded or abs(rounded):,.{decimals}f}"  # abs: no "-0"
    return english if language == "en" else english.translate(str.maketrans(",.", ".,"))


def count(value: int, language: str) -> str:
    """Write a whole number with thousand separators: "12.345", "12,345"."""
    return number(value, language)


def percent(share: Decimal | float, language: str, decimals: int = 2) -> str:
    """Write a share (0 to 1) as a percentage.

    >>> percent(0.8394, "vi"), percent(0.8394, "en")
    ('83,94%', '83.94%')
    """
    return f"{number(Decimal(str(share)) * 100, language, decimals)}%"


def percent_range(low: Decimal | float, high: Decimal | float, language: str, decimals: int = 2) -> str:
    """Write an interval of shares: "81,20%–86,10%"."""
    return f"{percent(low, language, decimals)}–{percent(high, language, decimals)}"


def file_size(size: int, language: str) -> str:
    """Write the size of a file, given in bytes: "350 KB", "1,2 MB", "1.2 MB".

    >>> file_size(1_234_567, "vi"), file_size(1, "vi")
    ('1,2 MB', '1 KB')
    """
    kilobytes = -(-size // _KILO)
    return f"{kilobytes} KB" if kilobytes < _KILO else f"{number(size / _KILO**2, language, 1)} MB"


def points(difference: Decimal | float, language: str, decimals: int = 2) -> str:
    """Write a difference of two shares in percentage points, with its sign: "+1,20 điểm %", "-1.20 pp"."""
    value = Decimal(str(difference)) * 100
    sign = "+" if value > 0 else ""
    return f"{sign}{number(value, language, decimals)} {'pp' if language == 'en' else 'điểm %'}"


def duration(length: timedelta, language: str) -> str:
    """Write a length of time in words, its two largest parts: "2 ngày 3 giờ", "2 days 3 hours".

    Raises ValueError for a negative length.
    """
    if length < timedelta(0):
        raise ValueError(f"a duration cannot be negative: {length}")
    parts: list[str] = []
    rest = length
    for span, vietnamese, english in _SPANS:
        amount, rest = divmod(rest, span)
        if amount:
            parts.append(f"{amount} {_plural(english, amount) if language == 'en' else vietnamese}")
    if not parts:
        return "less than a minute" if language == "en" else "dưới 1 phút"
    return " ".join(parts[:_PARTS_OF_A_DURATION])


def listing(items: Sequence[str], language: str) -> str:
    """Join names in a sentence: "a, b và c", "a, b and c"; nothing gives an empty text."""
    if not items[1:]:
        return "".join(items)
    return f"{', '.join(items[:-1])} {'and' if language == 'en' else 'và'} {items[-1]}"


def fact(value: str | int | date | datetime, language: str) -> str:
    """Write a fact of any kind that texts quote; text stays as it is."""
    match value:
        case datetime():
            return datetime_text(value, language)
        case date():
            return date_text(value, language)
        case int():
            return count(value, language)
        case _:
            return value


def _known(language: str) -> str:
    """Fall back to Vietnamese for a language that has no table here."""
    return "en" if language == "en" else "vi"


def _plural(english: str, amount: int) -> str:
    """Add the English s."""
    return english if amount == 1 else f"{english}s"


def _local(moment: datetime) -> datetime:
    """Move a moment to the time of Vietnam."""
    if moment.tzinfo is None:
        raise ValueError(f"a time needs its zone: {moment}")
    return moment.astimezone(LOCAL)
