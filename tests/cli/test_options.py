"""The options of the command line: every option of the library, with its environment variable and help."""

import dataclasses
from typing import Any

import click
import pytest

from tunebench.cli.options import KindType
from tunebench.cli.search import search
from tunebench.cli.study import study
from tunebench.cli.train import train
from tunebench.option_kinds import ASSIGNMENT, SECONDS, declarations, variable
from tunebench.options import SearchOptions, TrainOptions
from tunebench.study_options import StudyOptions


@pytest.mark.parametrize("text", ["", "0", "1h30"])
def test_text_of_the_wrong_form_is_wrong_usage(text: str) -> None:
    """The message says which forms there are."""
    with pytest.raises(click.BadParameter, match="such as 90s, 30m or 1h30m"):
        KindType(SECONDS).convert(text, None, None)


def test_an_assignment_may_hold_an_equals_sign() -> None:
    """Everything behind the first sign is the value."""
    assert KindType(ASSIGNMENT).convert("a=b=c", None, None) == ("a", "b=c")


@pytest.mark.parametrize(
    ("command", "options"), [(search, SearchOptions), (train, TrainOptions), (study, StudyOptions)]
)
def test_the_command_has_every_option_of_the_library(command: click.Command, options: Any) -> None:
    """Each option has its flag, help, default and environment variable from its one declaration."""
    parameters = {parameter.name: parameter for parameter in command.params}
    for name, (declared, default) in declarations(options).items():
        if not declared.flag:
            assert name not in parameters
            continue
        parameter = parameters[name]
        assert isinstance(parameter, click.Option)
        assert parameter.opts == [declared.flag]
        assert parameter.help == declared.help
        assert parameter.envvar == variable(declared)
        assert name == "hyperparameters" or parameter.default == default
    assert set(parameters) - {"space", "as_json", "format"} <= {
        field.name for field in dataclasses.fields(options)
    }


def test_what_destroys_has_no_environment_variable() -> None:
    """A forgotten variable must not delete searches."""
    assert variable(declarations(SearchOptions)["fresh"][0]) is None
