"""The library: ``search``, ``train`` and ``compare``, each from its arguments to the files it leaves."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tunebench.errors import TunebenchError
from tunebench.home import expand
from tunebench.keywords import suggests, takes
from tunebench.option_kinds import POINTS, Kind, whole
from tunebench.options import WITHIN, SearchOptions, TrainOptions
from tunebench.progress import Progress, shown
from tunebench.runs import Run, fingerprint, read_run, run_folder, select_runs
from tunebench.runtime import import_keras
from tunebench.winner import Winner

if TYPE_CHECKING:
    from tunebench.report import Report
    from tunebench.session import Session


class HyperModel(Protocol):
    """A ``keras_tuner.HyperModel``."""

    def build(self, hp: Any) -> Any:
        """A compiled ``keras.Model``."""


Space = str | Path | Callable[..., Any] | HyperModel


@takes(SearchOptions)
def search(space: Space, options: SearchOptions) -> Run:
    """Tune a space on a data set, train the winner and test it.

    If the search was interrupted, the same call resumes it.

    Args:
        space: A name from ``tunebench spaces``, the path of a Python file, a function ``build(hp)`` or
            ``build(hp, input_shape, num_classes)``, or a ``keras_tuner.HyperModel`` (see ``docs/spaces.md``).
        options: Keyword arguments, listed below.

    Returns:
        The run; its ``trials`` is a pandas DataFrame.

    Raises:
        TunebenchError: Something that the user can fix.
    """
    clock = _Clock.start()
    import_keras()
    from tunebench.session import open_session  # noqa: PLC0415 (after Keras has its settings)
    from tunebench.tuning.budget import Budget  # noqa: PLC0415 (the same)
    from tunebench.tuning.tune import tune  # noqa: PLC0415 (the same)

    with open_session(space, options) as session:
        folder = run_folder.prepare(
            Path(options.runs_dir), session.dataset.name, options.name or session.space.name
        )
        with run_folder.owned(folder):
            if not options.fresh:
                run_folder.check_kind(folder, baseline=False)
            search_json = folder / run_folder.FINGERPRINT
            session.keep_determinism(
                started_with=None if options.fresh else fingerprint.recorded_determinism(search_json)
            )
            session.choose_precision(None if options.fresh else fingerprint.recorded_precision(search_json))
            data = session.preparation.data
            again = min(options.confirm, options.max_trials or options.confirm)
            pools = options.refit or (options.seeds > 1 and data.places is not None)
            budget = Budget(
                math.inf if options.budget is None else float(options.budget),
                clock.monotonic,
                options.seeds,
                options.epochs,
                len(session.dataset.test) / len(data.train),
                num_again=again if again > 1 else 0,
                refit_share=1 + len(data.validation) / len(data.train) * options.refit,
                pooled_share=len(data.validation) / len(data.train) * pools,
            )
            winner = tune(session.preparation, options, folder, session.context(), clock.monotonic, budget)
            _conclude(session, folder, winner, clock)
            if sentence := budget.overrun():
                session.progress.note(sentence)
    return read_run(folder)


@takes(TrainOptions)
def train(space: Space, options: TrainOptions) -> Run:
    """Train a space's defaults, the baseline that a search has to beat, and test them.

    Args:
        space: A name from ``tunebench spaces``, the path of a Python file, a function ``build(hp)`` or
            ``build(hp, input_shape, num_classes)``, or a ``keras_tuner.HyperModel`` (see ``docs/spaces.md``).
        options: Keyword arguments, listed below.

    Returns:
        The run.

    Raises:
        TunebenchError: Something that the user can fix.
    """
    clock = _Clock.start()
    import_keras()
    import keras_tuner  # noqa: PLC0415 (the same)

    from tunebench.features.preflight import preflight  # noqa: PLC0415 (the same)
    from tunebench.session import open_session  # noqa: PLC0415 (after Keras has its settings)
    from tunebench.spaces.hyperparameters.baseline import baseline  # noqa: PLC0415 (the same)

    with open_session(space, options) as session:
        session.choose_precision(None)
        data = session.preparation.data
        values, ranges = baseline(
            session.space, data.image_shape, data.num_classes, options.hyperparameters or {}
        )
        hp = keras_tuner.HyperParameters()
        hp.values = dict(values)
        for sentence in preflight(session.space, hp, data.image_shape, data.num_classes):
            session.progress.warn(sentence)
        folder = run_folder.prepare(
            Path(options.runs_dir), session.dataset.name, options.name or f"{session.space.name}-default"
        )
        winner = Winner(
            hyperparameters=values,
            ranges=ranges,
            search=None,
            epochs=options.epochs or session.space.epochs,
        )
        with run_folder.owned(folder):
            if options.fresh or run_folder.is_empty(folder):
                run_folder.set_aside(folder)
            run_folder.check_kind(folder, baseline=True)
            fingerprint.match(
                folder / run_folder.BASELINE,
                {
                    **session.identity(),
                    "hyperparameters": values,
                    **options.agreed(),
                    "epochs": winner.epochs,
                    **session.context(),
                },
                has_results=not run_folder.is_empty(folder),
            )
            _conclude(session, folder, winner, clock)
    return read_run(folder)


def load_run(path: str | Path) -> Run:
    """Load a finished run.

    Args:
        path: Its folder, such as ``runs/cifar10/cnn3``, or its ``run.json``.

    Returns:
        The run, with its ``record``, its ``trials`` as a pandas DataFrame and the ``predictions`` of each
        seed.

    Raises:
        RunError: There is no run at that path, or its record is damaged.
    """
    return read_run(expand(path))


@suggests
def compare(
    *runs: str | Path,
    runs_dir: str | Path = "runs",
    out: str | Path = "reports/comparison.html",
    gallery: bool = True,
    within: float = WITHIN,
    retime: int | None = None,
    data_dir: str | Path | None = None,
    may_import: Callable[[list[str]], bool] | None = None,
    command: str = "tunebench.compare(…)",
    progress: Progress | bool | None = None,
) -> "Report":
    """Compare runs: accuracy against training time, on one page with the same figures beside it.

    Args:
        runs: Run folders, or folders of runs; without one, all runs below ``runs_dir`` are compared, those
            of studies only if there are no others.
        runs_dir: The runs folder.
        out: The HTML file to write; the JSON and CSV files take its stem.
        gallery: Whether the page shows the models' most confident errors.
        within: A faster model is recommended if it is at most this many points worse than the best one, from
            0 to 100.
        retime: First train each winner again N times, with the models in turns, and compare these times,
            which replace the recorded ones. That runs the runs' own spaces, which are Python code: time only
            runs that you trust.
        data_dir: The folder of the data for that; ``None``: where each run found it.
        may_import: Asked with the files of the runs' own spaces before they are imported for that; ``None``:
            they are imported.
        command: How the timing was requested, for its records.
        progress: True or False, or an object that receives the events. Default: shown in a notebook or
            another interactive session.

    Returns:
        The report; its ``table`` is a pandas DataFrame.

    Raises:
        RunError: There is nothing to compare, or the report cannot be written.
        TunebenchError: No winner can be trained again, or may not be.
    """
    from tunebench import report  # noqa: PLC0415 (imports matplotlib)

    retime = None if retime is None else _checked("retime", whole(1), retime)
    within = _checked("within", POINTS, within)
    page = expand(out)
    report.prepare(page)
    selection = select_runs([expand(run) for run in runs], expand(runs_dir))
    if retime is not None:
        import_keras()
        from tunebench.finals.reopen import own_code  # noqa: PLC0415 (after Keras has its settings)
        from tunebench.finals.retime import retime as time_again  # noqa: PLC0415 (the same)

        code = sorted({file for run in selection.runs for file in own_code(run.record)})
        if code and may_import is not None and not may_import(code):
            raise TunebenchError(
                f"Nothing was timed again, because that would run the code of {', '.join(code)}."
            )
        selection = time_again(
            selection, retime, None if data_dir is None else Path(data_dir), shown(progress), command
        )
    return report.write(selection, page, gallery=gallery, within=within)


def _checked(name: str, kind: Kind, value: Any) -> Any:
    try:
        return kind.read(value)
    except (TypeError, ValueError) as error:
        raise TunebenchError(f"{name}={value!r} is not valid. Expected {kind.expected}.") from error


@dataclass(frozen=True)
class _Clock:
    monotonic: float
    started_at: str

    @classmethod
    def start(cls) -> "_Clock":
        return cls(time.monotonic(), datetime.now().astimezone().isoformat(timespec="seconds"))


def _conclude(session: "Session", folder: Path, winner: Winner, clock: _Clock) -> None:
    from tunebench.finals.record import conclude  # noqa: PLC0415 (imports Keras)

    conclude(session, folder, winner, clock.started_at)
