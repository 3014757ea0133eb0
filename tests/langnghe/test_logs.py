import io
import json
import logging

from langnghe.logs import JsonLines, places_of


def logged(message: str, *arguments: object, **extra: object) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    error = ValueError("with\nlines")
    caught = (type(error), error, None)
    record = logging.getLogger("sample").makeRecord(
        "sample", logging.ERROR, __file__, 1, message, arguments, caught, extra=extra
    )
    handler.handle(record)
    return stream.getvalue()


def test_an_event_is_one_line_of_json_with_its_fields() -> None:
    line = logged("petition %s published", "PA-1", petition="PA-1")
    assert line.count("\n") == 1
    said = json.loads(line)
    assert (said["event"], said["petition"], said["level"]) == ("petition PA-1 published", "PA-1", "error")
    assert said["at"].endswith("+00:00")
    assert said["error"][0].startswith("ValueError at"), "where it failed, never the words: they may be a person's"
    assert "with" not in str(said["error"])


def test_errors_that_name_each_other_are_told_once() -> None:
    first, second = ValueError("một"), KeyError("hai")
    first.__context__, second.__cause__ = second, first
    assert [told.partition(" ")[0] for told in places_of(first)] == ["ValueError", "KeyError"]


def test_a_bot_token_is_never_logged() -> None:
    assert "AAsample" not in logged("GET https://api.telegram.org/bot123456:AAsample-token-sample-token/getMe")


def test_no_control_character_reaches_a_terminal() -> None:
    assert logged("a\x1b[31m\u2028\u202e%s", "\r\n").rstrip("\n").isascii()
    assert "\x1b" not in logged("\x1b[31m")
