"""What sample citizens answer: scores around the place's satisfied share, reasons and comments that fit them."""

from random import Random

from langnghe.demo.samples import comments, reasons
from surveys.items import Answers, AnswerValue, Item, ItemKind
from surveys.questionnaires import Questionnaire
from surveys.registry import packaged

BEST, GOOD, FAIR, BAD, WORST = 5, 4, 3, 2, 1
COMMENTS = 0.22
"""Share of ratings with a comment."""
PETITIONERS = 0.2
"""Share of the long questionnaire's citizens who have sent a petition before."""
SKIPS = 0.04
"""Share of items of the long questionnaire that are skipped."""
DELIGHTED = 0.55
"""Share of the satisfied who give the best score."""


def score(chance: Random, share: float) -> int:
    """Draw a score whose chance of being 4 or 5 is `share`."""
    if chance.random() < share:
        return BEST if chance.random() < DELIGHTED else GOOD
    return chance.choices((FAIR, BAD, WORST), (50, 32, 18))[0]


def quick_answers(chance: Random, share: float) -> dict[str, AnswerValue | None]:
    """Answer the quick questionnaire."""
    overall = score(chance, share)
    answers: dict[str, AnswerValue | None] = {"overall": overall}
    reason = chance.choices(list(reasons()), list(reasons().values()))[0]
    if overall <= FAIR:
        answers["reason"] = reason
    answers["comment"] = _comment(chance, overall, reason)
    return answers


def _comment(chance: Random, overall: int, reason: str) -> str | None:
    if chance.random() >= COMMENTS:
        return None
    kind = "satisfied" if overall >= GOOD else "neutral" if overall == FAIR else reason
    return chance.choice(comments()[kind])


def full_answers(chance: Random, questionnaire: str, share: float) -> dict[str, AnswerValue | None]:
    """Answer a long questionnaire along its path; people lean one way, and each item differs a little."""
    asked = packaged().load(questionnaire)
    leaning = share + chance.gauss(0, 0.06)
    answers: dict[str, AnswerValue | None] = {}
    while open_items := asked.path(answers):
        item = open_items[0]
        answers[item.code] = _answer(chance, asked, item, leaning, answers)
    return answers


def _answer(chance: Random, asked: Questionnaire, item: Item, leaning: float, answers: Answers) -> AnswerValue | None:
    if item.kind is ItemKind.SCALE5:
        if item.optional and chance.random() < SKIPS:
            return None
        # Each item has its own ease, the same for everybody: so the factors differ.
        ease = Random(f"{asked.code}:{item.code}").uniform(-0.05, 0.05)  # noqa: S311
        return score(chance, min(0.985, leaning + ease))
    if item.kind is ItemKind.CHOICE:
        return "yes" if chance.random() < PETITIONERS else "no"
    given = [value for value in answers.values() if isinstance(value, int)]
    return _comment(chance, round(sum(given) / len(given)) if given else FAIR, "other")
