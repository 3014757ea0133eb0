"""How units and questionnaires are named in deep links: `https://t.me/BOT?start=u_xa-mau_trung-tam`.

A Telegram start parameter holds letters, digits, `-` and `_` only, at most 64; codes of units hold dots too.
"""

LONGEST_PARAMETER = 64


def unit_parameter(code: str) -> str:
    """Return the start parameter that opens the rating of a unit.

    >>> unit_parameter("xa-mau.trung-tam")
    'u_xa-mau_trung-tam'
    """
    return "u_" + code.replace(".", "_")


def unit_of_parameter(written: str) -> str:
    """Return the code of the unit that the part after `u_` names.

    >>> unit_of_parameter("xa-mau_trung-tam")
    'xa-mau.trung-tam'
    """
    return written.replace("_", ".")


def questionnaire_parameter(questionnaire: str, code: str) -> str:
    """Return the start parameter that opens the rating of a unit by a questionnaire, whose code holds no underscore.

    >>> questionnaire_parameter("waiting-time", "xa-mau.trung-tam")
    'q_waiting-time_xa-mau_trung-tam'
    """
    return f"q_{questionnaire}_{unit_parameter(code)[2:]}"


def questionnaire_of_parameter(written: str) -> tuple[str, str]:
    """Return the codes of questionnaire and unit that the part after `q_` names; the unit may be missing.

    >>> questionnaire_of_parameter("waiting-time_xa-mau_trung-tam")
    ('waiting-time', 'xa-mau.trung-tam')
    """
    questionnaire, _, unit = written.partition("_")
    return questionnaire, unit_of_parameter(unit)
