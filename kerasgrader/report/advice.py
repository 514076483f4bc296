"""What to do first: three sentences, whom to see, and what to say in the next lecture."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from kerasgrader.report.facts import ClassFacts, Misunderstood
from kerasgrader.report.spreadsheet import number

HALF = 0.5  # of the points: who has less is to be seen
MOST = 10  # students of a kind, so that the list can be read
TOPICS = 3
COMMON = 2  # students with a misconception at least, for a topic of a lecture
PASSED = "passed"


@dataclass(frozen=True)
class Meeting:
    """A student to see, and why, the most pressing reason first."""

    student: str
    name: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Advice:
    """sentences: how the class stands, what was hardest, what waits for a person. others: how many students
    of each kind `meetings` leaves out."""

    sentences: tuple[str, str, str]
    meetings: tuple[Meeting, ...]
    others: tuple[str, ...]
    topics: tuple[Misunderstood, ...]


def advice_on(facts: ClassFacts) -> Advice:
    """What a person should do, as far as the facts tell."""
    topics = [item for item in facts.misunderstood() if len(item.people) >= COMMON][:TOPICS]
    meetings, others = _meetings(facts)
    sentences = (_standing(facts), _hardest(facts), _waiting(facts))
    return Advice(sentences, tuple(meetings), tuple(others), tuple(topics))


def _standing(facts: ClassFacts) -> str:
    scores = [work.score for work in facts.works]
    if not scores or not facts.of:
        return "Nobody has points yet."
    full = sum(score >= facts.of - 1e-9 for score in scores)
    below = sum(score < HALF * facts.of for score in scores)
    return (
        f"{_of(full, len(scores))} {_have(full)} all {number(facts.of)} points, half of the class has "
        f"{number(median(scores))} or more, and {below} {_have(below)} less than half."
    )


def _hardest(facts: ClassFacts) -> str:
    """The exercise that fewest passed, and the commonest cause of its mistakes."""
    outcomes = {
        exercise: counts
        for exercise, counts in facts.outcomes().items()
        if exercise not in facts.awaiting() and any(counts.values())
    }
    if not outcomes:
        return "No exercise has an outcome yet."
    exercise, counts = min(
        outcomes.items(), key=lambda item: item[1].get(PASSED, 0) / sum(item[1].values())
    )
    passed, all_ = counts.get(PASSED, 0), sum(counts.values())
    if passed == all_:
        return "Everybody passed every exercise."
    sentence = f"The hardest exercise was {exercise}: {_of(passed, all_)} passed it"
    causes = [item for item in facts.misunderstood() if exercise in item.students]
    if not causes:
        return f"{sentence}."
    cause = max(causes, key=lambda item: len(item.students[exercise]))
    count = len(cause.students[exercise])
    return f"{sentence}, and {count} of the others made the same mistake: “{cause.title}”."


def _waiting(facts: ClassFacts) -> str:
    answers = sum(len(works) for works in facts.awaiting().values())
    looks = sum("needs a look" in (work.remark or "") for work in facts.works)
    tasks = {
        ("answer to grade in the formgrader", "answers to grade in the formgrader"): answers,
        ("irregular submission", "irregular submissions"): len(facts.irregular()),
        ("submission without points", "submissions without points"): len(facts.ungraded),
        ("answer that is newer than its points", "answers that are newer than their points"): looks,
    }
    named = [f"{count} {words[min(count, 2) - 1]}" for words, count in tasks.items() if count]
    return f"What waits for you: {', '.join(named)}." if named else "Nothing waits for a person."


def _meetings(facts: ClassFacts) -> tuple[list[Meeting], list[str]]:
    """Whom to see, the most pressing first, and how many others there are."""
    reasons: dict[str, list[str]] = {}
    for work in facts.irregular():
        reasons.setdefault(work.student, []).append("an irregular submission")
    for item in facts.ungraded:
        reasons.setdefault(item.student, []).append("a submission without points")
    low = sorted(
        (work for work in facts.works if work.score < HALF * facts.of), key=lambda work: work.score
    )
    for work in low[:MOST]:
        untouched = all(item.outcome == "not attempted" for item in work.exercises)
        points = f"{number(work.score)} of {number(facts.of)} points"
        why = f"{points}, nothing attempted" if untouched else points
        reasons.setdefault(work.student, []).append(why)
    for person in facts.absent[:MOST]:
        reasons.setdefault(person.id, []).append("nothing submitted")
    found = [Meeting(one, facts.names[one], tuple(why)) for one, why in reasons.items()]
    left = (len(low), "less than half of the points"), (len(facts.absent), "nothing submitted")
    return found, [f"{count - MOST} more: {what}" for count, what in left if count > MOST]


def _of(count: int, all_: int) -> str:
    return f"{count} of {all_} {'student' if all_ == 1 else 'students'}"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
