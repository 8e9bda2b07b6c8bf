"""The workers of a search: hand them trials, replace those that die or hang, and give their trials again."""

import contextlib
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.exceptions import RayError

from tunebench.tuning.parallel import messages
from tunebench.tuning.parallel.resources import Division
from tunebench.tuning.parallel.worker import TrialWorker

# How often a trial whose worker died or hung is given again.
_RETRIES = 2
# How often a place is filled anew when its worker does not even start.
_START_RETRIES = 2
# Importing Keras takes seconds, on a busy machine with a slow disk a minute or two.
_START_SECONDS = 600.0
# A worker is silent too long when it has taken no batch for this many of its longest epochs.
_SILENT_EPOCHS = 20


class PoolError(Exception):
    """The search cannot go on; the message says why."""


@dataclass
class _Trial:
    start: messages.Start
    examples: Any
    losses: int = 0


@dataclass
class _Place:
    """Where a worker works, or the one that took a dead one's place."""

    name: str
    actor: Any = None
    starting: Any = None
    failed_starts: int = 0
    trial: _Trial | None = None
    stream: Any = None
    last_sign: float = 0.0
    last_epoch: float = 0.0
    longest_epoch: float = 0.0

    @property
    def waits_for(self) -> Any:
        return self.stream if self.starting is None else self.starting


@dataclass
class Pool:
    """Runs trials on Ray, which must be running.

    Attributes:
        begin: The search's first message.
        division: How many workers there are, and what each gets.
        send: Tells the search something.
    """

    begin: messages.Begin
    division: Division
    send: Callable[[Any], None]
    _places: list[_Place] = field(default_factory=list, init=False)
    _waiting: deque[_Trial] = field(default_factory=deque, init=False)
    _shares: dict[int, Any] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._setup = ray.put(self.begin.setup)
        self._own_node = ray.get_runtime_context().get_node_id()
        self._places = [_Place(f"ray-{number}") for number in range(self.division.workers)]
        for place in self._places:
            self._fill(place)

    def take(self, message: Any) -> None:
        """Take a message of the search."""
        if isinstance(message, messages.Start):
            self._waiting.append(_Trial(message, self._shares[message.share]))
        elif message.examples is None:
            self._shares.pop(message.number, None)
        else:
            # Into the object store: each node fetches it once, and its workers read it where it lies.
            self._shares[message.number] = ray.put(message.examples)

    def work(self, seconds: float) -> None:
        """Hand out trials, then wait so long at most for the workers.

        Raises:
            PoolError: Ray has ended here, or no worker can be started.
        """
        for place in self._places:
            if self._waiting and place.starting is None and place.trial is None:
                self._hand(place, self._waiting.popleft())
        busy = [place for place in self._places if place.waits_for is not None]
        if not busy:
            time.sleep(seconds)
            return
        ready, _ = ray.wait([place.waits_for for place in busy], timeout=seconds)
        if not ready:
            self._find_silent(busy)
        for place in busy:
            if any(place.waits_for is each for each in ready):
                self._hear(place)

    def _fill(self, place: _Place) -> None:
        options = {"num_cpus": self.division.cpus, "num_gpus": self.division.gpus}
        worker = ray.remote(TrialWorker).options(**options, scheduling_strategy="SPREAD", max_restarts=0)
        place.actor = worker.remote(self._setup, self.division.cpus)
        place.starting, place.last_sign = place.actor.ready.remote(), time.monotonic()

    def _hand(self, place: _Place, trial: _Trial) -> None:
        place.trial = trial
        place.last_sign = place.last_epoch = time.monotonic()
        run = place.actor.run.options(num_returns="streaming")
        place.stream = run.remote(trial.start.task, trial.examples)

    def _hear(self, place: _Place) -> None:
        try:
            if place.starting is not None:
                self._welcome(place, ray.get(place.starting))
            else:
                self._pass_on(place, ray.get(next(place.stream)))
        except StopIteration:
            self._replace(place, "its trial ended without a word")
        except RayError as error:
            self._replace(place, _reason(error))

    def _welcome(self, place: _Place, versions: dict[str, str | None]) -> None:
        expected = self.begin.versions
        if versions != expected:
            name = next(name for name in expected if versions.get(name) != expected[name])
            raise PoolError(
                f"A worker has {name} {versions.get(name)}, but this machine has {expected[name]}. "
                "Install the same versions on all machines of the cluster."
            )
        place.starting, place.failed_starts = None, 0

    def _pass_on(self, place: _Place, message: tuple[Any, ...]) -> None:
        kind, *rest = message
        trial = place.trial
        if trial is None:
            return
        place.last_sign = time.monotonic()
        if kind == "epoch":
            place.longest_epoch = max(place.longest_epoch, place.last_sign - place.last_epoch)
            place.last_epoch = place.last_sign
            self.send(messages.Epoch(trial.start.trial_id, *rest))
        elif kind == "note":
            self.send(messages.Note(*rest))
        elif kind == "trouble":
            self.send(messages.Fatal(*rest))
        elif kind == "done":
            place.trial = place.stream = None
            self.send(messages.Done(trial.start.trial_id, place.name, *rest))

    def _find_silent(self, busy: list[_Place]) -> None:
        now = time.monotonic()
        for place in busy:
            silent = now - place.last_sign
            if place.starting is not None:
                if silent > max(_START_SECONDS, self.begin.hang_seconds):
                    self._replace(place, f"it did not start within {silent:.0f} s")
            elif silent > max(self.begin.hang_seconds, _SILENT_EPOCHS * place.longest_epoch):
                self._replace(place, f"it gave no sign of life for {silent:.0f} s")

    def _replace(self, place: _Place, reason: str) -> None:
        """Put a new worker in the place of one that died or hangs, and give its trial again."""
        with contextlib.suppress(RayError):
            ray.kill(place.actor)
        self._check_ray()
        trial, place.trial, place.stream = place.trial, None, None
        if place.starting is not None:
            place.starting = None
            place.failed_starts += 1
            if place.failed_starts > _START_RETRIES:
                self._give_up(place, reason)
                return
        self._fill(place)
        if trial is None:
            return
        trial.losses += 1
        trial_id = trial.start.trial_id
        if trial.losses > _RETRIES:
            text = f"its worker was lost {trial.losses} times; the last time, {reason}"
            self.send(messages.Lost(trial_id, place.name, text))
        else:
            self.send(
                messages.Note(f"Worker {place.name} was lost: {reason}. Trial {trial_id} is given again.")
            )
            self._waiting.appendleft(trial)

    def _give_up(self, place: _Place, reason: str) -> None:
        self._places.remove(place)
        if not self._places:
            raise PoolError(
                f"No worker could be started: {reason}. Each machine of a cluster needs the same tunebench."
            )
        self.send(messages.Note(f"Worker {place.name} cannot be started and is left out: {reason}."))

    def _check_ray(self) -> None:
        """Tell the end of Ray from that of a worker."""
        alive = {node["NodeID"] for node in ray.nodes() if node["Alive"]}  # type: ignore[no-untyped-call]
        if self._own_node not in alive:
            raise PoolError("Ray ended on this machine.")


def _reason(error: RayError) -> str:
    """Ray's own words are a page."""
    text = str(error)
    if "memory usage threshold" in text:
        return "Ray ended its process because the machine's memory was full"
    raised = re.findall(r"^(?:\w+\.)*(\w*(?:Error|Exception)\b: .*)$", text, re.MULTILINE)
    if raised:
        return f"it raised {raised[-1].strip()}"
    return "its process died (killed from outside, for instance where memory is full, or crashed)"
