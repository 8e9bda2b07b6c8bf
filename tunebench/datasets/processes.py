"""Do the same to many inputs in several processes."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

Result = TypeVar("Result")


def in_processes(
    function: Callable[..., Result], arguments: Sequence[tuple[Any, ...]], *, several: bool
) -> Iterator[Result]:
    """Call a function with each tuple of arguments; the results come in that order, as they are ready.

    Args:
        function: Of a module, so that other processes can import it.
        arguments: For each call.
        several: Whether it is worth starting processes, one per core, which takes a second or two.
    """
    if not several:
        for each in arguments:
            yield function(*each)
        return
    # joblib's processes do not run the user's script again, as those of multiprocessing would.
    from joblib import Parallel, delayed  # noqa: PLC0415 (only for many images)

    yield from Parallel(n_jobs=-1, return_as="generator", max_nbytes=None)(
        delayed(function)(*each) for each in arguments
    )
