"""Options: each is declared once, and checked when it is set."""

import inspect
import re
from pathlib import Path
from typing import Any, cast

import click
import numpy as np
import pytest

import tunebench
from tunebench.cli.main import COMMANDS
from tunebench.cli.main import tunebench as program
from tunebench.cli.option_reference import reference
from tunebench.errors import TunebenchError
from tunebench.option_kinds import declarations
from tunebench.options import SearchOptions, TrainOptions
from tunebench.study_options import StudyOptions


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("1h30m", 5400), ("2h", 7200), (45, 45), ("1m2.5s", 62.5), (" 5M ", 300)],
)
def test_a_budget_is_a_number_of_seconds_or_text(text: float | str, seconds: float) -> None:
    """Hours, minutes and seconds, in this order; a bare number is seconds."""
    assert SearchOptions(budget=text).budget == seconds


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("tuner", "baysian", r"tuner='baysian' is not valid. Did you mean bayesian\? Expected one of random"),
        ("precision", "half", "precision='half'.*Expected one of float32"),
        (
            "train_size",
            "alle",
            "train_size='alle' is not valid. Expected a whole number of at least 1, or all",
        ),
        ("trials", 0, "trials=0 is not valid. Expected a whole number of at least 1"),
        ("trials", True, "trials=True is not valid"),
        ("trials", 2.5, "trials=2.5 is not valid"),
        ("trials", "five", "trials='five' is not valid"),
        ("epochs", None, "epochs=None is not valid"),
        ("cv", 1, "cv=1 is not valid. Expected a whole number of at least 2"),
        ("seed", 5_000_000_000, "seed=5000000000 is not valid.*at most 4294967295"),
        ("trials", 10**15 + 1, "Expected a whole number of at least 1 and at most 1,000,000,000,000,000"),
        ("workers", "many", "workers='many' is not valid. Expected a whole number of at least 1, or auto"),
        ("augment", "yes", "augment='yes' is not valid. Expected True or False"),
        ("data_dir", Path(__file__), "is not valid. Expected a folder"),
        *(
            ("budget", text, "Expected a time above 0, such as 90s")
            for text in ("", "0", "-5m", "1h30", "m", "5 apples", "1e3", "nan", "inf", "30m1h", "٣m")
        ),
    ],
)
def test_a_value_that_is_not_valid_is_refused(name: str, value: Any, message: str) -> None:
    """The message names the option, the value and what was expected."""
    with pytest.raises(TunebenchError, match=message):
        SearchOptions(**{name: value})


@pytest.mark.parametrize("options", [SearchOptions, TrainOptions])
def test_patience_none_is_never(options: type[SearchOptions | TrainOptions]) -> None:
    """As a word, which the command line and the environment have, or as ``None``; a resume must agree."""
    never = options(patience=cast("int", "none"))
    assert never.patience is None
    assert never.agreed() == options(patience=None).agreed() != options(patience=5).agreed()
    with pytest.raises(TunebenchError, match="Expected a whole number of at least 1, or none"):
        options(patience=0)


def test_several_words_are_separated_by_commas() -> None:
    """Or given as a list; parts of a study keep their own order, and each has to be one."""
    assert StudyOptions(only="data, reference").only == ("reference", "data")
    assert StudyOptions(only=["data"], spaces=[Path("a.py"), "cnn1"]).spaces == ("a.py", "cnn1")
    for wrong in ("", "data,", "size", "data size", list[str]()):
        with pytest.raises(TunebenchError, match="Expected one or more of reference, tuned,"):
            StudyOptions(only=wrong)


def test_a_wrong_word_among_several_is_named() -> None:
    """And the one that may have been meant."""
    kind = declarations(StudyOptions)["only"][0].kind
    assert kind.why_not("reference,foo").startswith("'foo' is not known. Expected one or more of ")
    assert kind.why_not("reference,dat").startswith("'dat' is not known. Did you mean data? ")
    assert kind.why_not("tuned,").startswith("'' is not known. ")


def test_options_keep_values_that_are_valid() -> None:
    """None stays None if it is the default; text is converted."""
    options = SearchOptions(train_size="all", trials=None, patience=None, data_dir="somewhere", seeds=2)
    assert (options.train_size, options.trials, options.patience, options.seeds) == ("all", None, None, 2)
    assert options.data_dir == Path("somewhere")


def test_the_fingerprint_holds_what_a_resume_must_agree_on() -> None:
    """More trials, another budget or more seeds continue the same search; another tuner does not."""
    options = SearchOptions(tuner="grid", workers=2)
    assert options.fingerprint(2) == SearchOptions(tuner="grid", trials=5, budget=60, seeds=1).fingerprint(1)
    assert options.fingerprint(2) != SearchOptions(tuner="random").fingerprint(2)
    # Which trials are proposed and pruned depends on how many outcomes are known.
    assert SearchOptions().fingerprint(1) != SearchOptions().fingerprint(2)


def test_the_reference_is_up_to_date() -> None:
    """`make reference` was run after the last change of an option."""
    page = Path(__file__).parents[1] / "docs" / "options.md"
    assert page.read_text(encoding="utf-8") == reference()


def test_the_reference_has_every_option() -> None:
    """Of each command, in its own section, with the form that switches it off."""
    sections = {}
    for section in reference().split("\n## tunebench")[1:]:
        name, _, table = section.partition("\n")
        cells = "".join(re.findall(r"^\| `.*?`", table, re.MULTILINE))
        sections[name.strip()] = set(re.findall(r"--[a-z][a-z-]*", cells))
    group = click.Context(program)
    for name in ("", *COMMANDS):
        command = program.get_command(group, name) if name else program
        assert command is not None
        options = [each for each in command.params if isinstance(each, click.Option)]
        flags = {flag for each in options for flag in (*each.opts, *each.secondary_opts)}
        assert sections.get(name, set()) == flags
    assert "--no-prune" in sections["search"]


def test_whole_numbers_may_be_numpys() -> None:
    """Such as an entry of an array; neither truth values nor 3.0 are whole numbers."""
    assert SearchOptions(trials=cast("int", np.int64(3))).trials == 3
    for wrong in (True, 3.0, np.float64(3)):
        with pytest.raises(TunebenchError, match="trials="):
            SearchOptions(trials=cast("int", wrong))


def test_a_path_that_is_too_long_is_refused() -> None:
    """The error names the option."""
    with pytest.raises(TunebenchError, match="runs_dir="):
        SearchOptions(runs_dir="a" * 5000)


def test_keyword_arguments_are_type_checked() -> None:
    """mypy, which runs over the tests, sees each option as a typed keyword argument of the library."""
    with pytest.raises(TunebenchError, match="trials='five'"):
        tunebench.search("cnn1", trials="five")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="trails"):
        tunebench.search("cnn1", trails=5)  # type: ignore[call-arg]


def test_the_signature_lists_the_options() -> None:
    """Notebooks complete and show the options of the library's functions."""
    assert inspect.signature(tunebench.search).parameters["trials"].default is None
    assert "Maximum number of trials" in str(tunebench.search.__doc__)
    assert TrainOptions().epochs is None
