"""What changes of a study did to training times, in words."""

from collections.abc import Sequence
from pathlib import Path

from tunebench.comparison import Change
from tunebench.report import formats
from tunebench.report.differences import times_with_interval
from tunebench.report.timing_notes import LOAD, comparable_again, conditions
from tunebench.report.words import Name, Sentence, joined, sentence_of
from tunebench.runs.study_record import compare_command


def times(changes: Sequence[Change], study: Path) -> Sentence:
    """How long models train: such as that training takes 1.3 times (1.2 to 1.4) as long for cnn3.

    Args:
        changes: At least one.
        study: The study's folder.
    """
    slower: list[Sentence] = []
    faster: list[Sentence] = []
    same: list[Sentence] = []
    noisy: list[Sentence] = []
    unsure: list[Sentence] = []
    unknown: dict[str, list[Sentence]] = {}
    for each in changes:
        name, ratio = Name(each.label), each.time
        if ratio is None:
            unknown.setdefault(conditions(each.timing_differences), []).append((name,))
        elif ratio.interval is None:
            factor = formats.times(ratio.value).removesuffix("×")
            unsure.append((f"{factor} times{'' if unsure else ' as long'} for ", name))
        elif ratio.slower:
            factor = times_with_interval(ratio.value, ratio.interval.low, ratio.interval.high)
            slower.append((f"{factor}{'' if slower else ' as long'} for ", name))
        elif ratio.faster:
            factor = times_with_interval(1 / ratio.value, 1 / ratio.interval.high, 1 / ratio.interval.low)
            faster.append((f"{factor}{'' if faster else ' as fast'} for ", name))
        else:
            within = f" ({ratio.interval.low:.2f} to {ratio.interval.high:.2f} times)"
            (noisy if ratio.may_be_noise else same).append((name, within))
    noise = max((each.time.noise for each in changes if each.time is not None), default=1.0)
    clauses: list[Sentence] = [
        (begins, *joined(found, last=" and "), ends)
        for begins, found, ends in (
            ("training takes ", slower, ""),
            ("training is ", faster, ""),
            ("no change of training time is established for ", same, ""),
            (
                "a change of training time may be noise for ",
                noisy,
                f", because identical trainings took up to {noise:.2f} times as long as each other",
            ),
            ("training took ", unsure, " (without an interval)"),
        )
        if found
    ]
    clauses += [_not_comparable(names, differing) for differing, names in unknown.items()]
    differing = {name for each in changes for name in each.timing_differences}
    if not differing:
        return sentence_of(clauses)
    remedy = comparable_again(differing, compare_command(study), busy=LOAD in differing)
    return joined([sentence_of(clauses), remedy], " ")


def _not_comparable(names: Sequence[Sentence], differing: str) -> Sentence:
    why = f"timed under different conditions: {differing}" if differing else "some took no time"
    return ("training times cannot be compared for ", *joined(names, last=" and "), f" ({why})")
