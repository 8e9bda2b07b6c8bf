"""Do the same to many inputs in several processes."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from tunebench.errors import DataUnavailableError

Result = TypeVar("Result")

_TASKS_PER_CORE = 16


def in_processes(
    function: Callable[..., Result],
    arguments: Sequence[tuple[Any, ...]],
    *,
    several: bool,
    tasks_per_core: int = _TASKS_PER_CORE,
) -> Iterator[Result]:
    """Call a function with each tuple of arguments; the results come in that order, as they are ready.

    Args:
        function: Of a module, so that other processes can import it.
        arguments: For each call.
        several: Whether it is worth starting processes, one per core, which takes a second or two.
        tasks_per_core: So many results for each core may wait in memory until they are used.
    """
    if not several:
        for each in arguments:
            yield function(*each)
        return
    # joblib's processes do not run the user's script again, as those of multiprocessing would.
    from joblib import Parallel, cpu_count, delayed  # noqa: PLC0415 (only for many images)

    at_once = tasks_per_core * cpu_count()
    with Parallel(n_jobs=-1, max_nbytes=None) as parallel:
        # In parts, so that results which are not used yet do not fill the memory.
        for start in range(0, len(arguments), at_once):
            part = arguments[start : start + at_once]
            try:
                results = parallel(delayed(function)(*each) for each in part)
            except BrokenProcessPool as error:
                raise DataUnavailableError(
                    "A process that read images was ended, perhaps because the memory was full. Close other "
                    "programs, or use a smaller --image-size, and run the command again."
                ) from error
            yield from results
