"""Do the same to many inputs in several processes."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, TypeVar

from tunebench.errors import DataUnavailableError

if TYPE_CHECKING:
    from concurrent.futures import Future

Result = TypeVar("Result")

# Results that may wait for each core until they are used: one, while the next is computed, and some more,
# because they do not end in order.
_TASKS_PER_CORE = 4
# Idle processes end after so long, also if the command was killed.
_IDLE_SECONDS = 60


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
    from joblib import cpu_count  # noqa: PLC0415 (only for many images)
    from joblib.externals.loky import get_reusable_executor  # noqa: PLC0415 (the same)

    executor = get_reusable_executor(max_workers=cpu_count(), timeout=_IDLE_SECONDS)
    waiting: deque[Future[Result]] = deque()
    try:
        for each in arguments:
            waiting.append(executor.submit(function, *each))
            if len(waiting) >= tasks_per_core * cpu_count():
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise DataUnavailableError(
            "A process that read images was ended, perhaps because the memory was full. Close other "
            "programs, or use a smaller --image-size, and run the command again."
        ) from error
    finally:
        for future in waiting:
            future.cancel()
