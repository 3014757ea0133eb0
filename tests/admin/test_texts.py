from admin.words import load_texts
from wording.catalogue import differences


def test_both_languages_say_the_same() -> None:
    assert differences(load_texts()) == []
