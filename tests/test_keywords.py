"""Options as keyword arguments: what editors see, and errors that name the function."""

import inspect
from typing import Any

import pytest

import tunebench
from tunebench.errors import TunebenchError


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("search", "trails", "search() has no option 'trails'. Did you mean trials?"),
        ("train", "patiense", "train() has no option 'patiense'. Did you mean patience?"),
        ("check", "image_sise", "check() has no option 'image_sise'. Did you mean image_size?"),
        ("compare", "galery", "compare() has no option 'galery'. Did you mean gallery?"),
        ("search", "xyz", "search() has no option 'xyz'. help(tunebench.search) lists them."),
    ],
)
def test_a_wrong_keyword_names_the_function_and_the_closest_option(
    name: str, wrong: str, message: str
) -> None:
    """Before anything is imported or read."""
    with pytest.raises(TypeError) as raised:
        getattr(tunebench, name)("absent", **{wrong: 1})
    assert str(raised.value) == message


def test_a_wrong_value_is_a_tunebench_error() -> None:
    """The message names the option."""
    with pytest.raises(TunebenchError, match=r"strict='yes' is not valid. Expected True or False"):
        tunebench.check("digits", strict="yes")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["search", "train", "check", "compare"])
def test_editors_see_every_option(name: str) -> None:
    """Each is in the signature, with a default, and has a help text in the docstring."""
    function = getattr(tunebench, name)
    first, *options = inspect.signature(function).parameters.values()
    assert first.name in {"space", "dataset", "runs"}
    assert len(options) >= 7
    for option in options:
        assert option.kind is option.KEYWORD_ONLY
        assert option.default is not option.empty
        assert f"    {option.name}: " in str(inspect.getdoc(function))
    assert function.__name__ == name


def test_the_first_argument_may_be_named() -> None:
    """As with any function."""
    check: Any = tunebench.check
    assert check(dataset="digits", train_size=100, test_size=20).counts("train")
    with pytest.raises(TypeError, match="multiple values for argument 'dataset'"):
        check("digits", dataset="digits")
