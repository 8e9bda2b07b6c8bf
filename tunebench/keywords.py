"""Options as keyword arguments: typed, completed by editors, and with the closest one named in an error."""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from tunebench.data_options import DataOptions
from tunebench.errors import did_you_mean
from tunebench.option_kinds import declarations
from tunebench.progress import shown

Arguments = ParamSpec("Arguments")
First = TypeVar("First")
Options = TypeVar("Options", bound=DataOptions)
Result = TypeVar("Result")


def takes(
    options: Callable[Arguments, Options],
) -> Callable[[Callable[[First, Options], Result]], Callable[Concatenate[First, Arguments], Result]]:
    """Let a function of something and options take the options as keyword arguments.

    Type checkers and editors see the fields of the class of options as keyword arguments of the function, and
    so do ``inspect.signature`` and the docstring.
    """

    def decorate(
        function: Callable[[First, Options], Result],
    ) -> Callable[Concatenate[First, Arguments], Result]:
        declared = inspect.signature(function)
        first = next(iter(declared.parameters.values()))
        taken = [each for each in inspect.signature(options).parameters.values() if each.name != first.name]
        known = [each.name for each in taken]

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Result:
            named = {first.name: kwargs.pop(first.name)} if first.name in kwargs else {}
            (given,) = inspect.Signature([first]).bind(*args, **named).arguments.values()
            _refuse_unknown(function, kwargs, known)
            # Decided once: what shows the progress is one object during the whole call.
            kwargs["progress"] = shown(kwargs.get("progress"))
            return function(given, cast("Any", options)(**kwargs))

        returned = declared.return_annotation
        call.__signature__ = inspect.Signature([first, *taken], return_annotation=returned)  # type: ignore[attr-defined] # as inspect documents
        helps = {name: option.help for name, (option, _) in declarations(options).items()}
        described = [f"    {name}: {helps[name]}" for name in known]
        call.__doc__ = "\n".join([inspect.getdoc(function) or "", "", "Keyword arguments:", *described])
        return cast("Callable[Concatenate[First, Arguments], Result]", call)

    return decorate


def suggests(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Let an unknown keyword argument of a function name the closest one."""
    known = list(inspect.signature(function).parameters)

    @functools.wraps(function)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        _refuse_unknown(function, kwargs, known)
        return function(*args, **kwargs)

    return call


def _refuse_unknown(function: Callable[..., Any], given: Iterable[str], known: Iterable[str]) -> None:
    name = function.__name__
    for each in given:
        if each not in known:
            near = did_you_mean(each, known) or f"help(tunebench.{name}) lists them."
            raise TypeError(f"{name}() has no option {each!r}. {near.strip()}")
