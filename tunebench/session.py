"""One command's data set, space and options, opened together and used from the search to the record."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import keras

from tunebench import backbones, datasets, determinism, environment, seeds, spaces, tensorboard_logs, xla
from tunebench.class_table import FEW
from tunebench.datasets import Dataset
from tunebench.datasets.summary import Summary
from tunebench.dtype_policy import dtype_policy
from tunebench.errors import BackboneError
from tunebench.features import FeatureCache
from tunebench.features.preparation import Preparation
from tunebench.fitting import precision
from tunebench.home import expand
from tunebench.options import Policy, RunOptions, SearchOptions, TrainOptions
from tunebench.progress import Progress, shown
from tunebench.records import DatasetRecord
from tunebench.runs import fingerprint
from tunebench.runtime import import_for_training
from tunebench.spaces import Space, memory

_DESCRIBED = ContextVar("described", default=False)


@dataclass(frozen=True, eq=False, kw_only=True)
class Session:
    """What a command works on.

    Attributes:
        space_argument: The space as it was given.
        options: The command's options.
        dataset: Both splits; only final trainings look at the test split.
        preparation: The space and its training data.
    """

    space_argument: object
    options: SearchOptions | TrainOptions
    dataset: Dataset
    preparation: Preparation

    @property
    def progress(self) -> Progress:
        """Receives progress events."""
        return shown(self.options.progress)

    @property
    def space(self) -> Space:
        """The search space."""
        return self.preparation.space

    @property
    def backbone(self) -> str | None:
        """The handle of the pretrained weights; ``None`` if the space has no prefix."""
        return _handle(self.options, self.space) if self.space.has_prefix else None

    def origin(self) -> dict[str, str | None]:
        """Where space and data were found, so that the run can be trained again from any folder."""
        data_dir = self.options.data_dir
        return {
            "space_source": self._space_source(),
            "space_sha256": self.space.sha256,
            "data_dir": None if data_dir is None else _text(expand(data_dir).resolve()),
            **self._images(),
        }

    def _space_source(self) -> str | None:
        """The name or the file of the space; ``None`` for an object that a program gave."""
        given = self.space_argument
        if isinstance(given, str) and spaces.is_name(given):
            return given
        return None if self.space.source is None else _text(self.space.source)

    def _images(self) -> dict[str, str | None]:
        """How the images were read, if not as a named data set's own; ``None`` is not recorded."""
        options, (height, width, _) = self.options, self.dataset.train.image_shape
        own = isinstance(options.dataset, str) and options.dataset in datasets.names()
        found = {
            "dataset_source": None if self.dataset.source is None else _text(Path(self.dataset.source)),
            "image_size": f"{height}x{width}" if not own or options.image_size is not None else None,
            "resize": options.resize if options.resize != "crop" else None,
            "mirror": options.mirror if options.mirror != "auto" else None,
        }
        return {name: value for name, value in found.items() if value is not None}

    def keep_determinism(self, *, started_with: bool | None) -> None:
        """Go on as the run that is continued was started, if the options leave it open.

        Args:
            started_with: Whether its operations are deterministic; ``None``: a new run.
        """
        determinism.switch(on=determinism.resolve(self.options.deterministic, started_with=started_with))

    def choose_precision(self, started_with: tuple[Policy, bool] | None) -> None:
        """Choose the precision, and whether XLA compiles, if the options leave them open.

        Args:
            started_with: The precision of the search that is resumed and whether XLA compiled, which are
                kept; ``None``: a new search.

        Raises:
            InvalidSpaceError: The space builds no model.
        """
        if self.options.precision != "auto":
            return
        if started_with is None:
            seed = seeds.derive(self.options.seed, "precision")
            chosen = precision.choose(
                self.space,
                self.preparation.data,
                seed,
                self.options.epochs or self.space.epochs,
                self.progress,
            )
            policy, compiled = chosen.precision, chosen.xla
        else:
            policy, compiled = started_with
            self.progress.note(f"Precision: {policy}, as when the search was started.")
        keras.config.set_dtype_policy(policy)
        xla.switch(off=not compiled)

    def dataset_record(self) -> DatasetRecord:
        """The images that the run uses."""
        return DatasetRecord(
            name=self.dataset.name,
            train_size=len(self.dataset.train),
            validation_size=len(self.preparation.data.validation),
            test_size=len(self.dataset.test),
            class_names=list(self.dataset.class_names),
            sha256=self.dataset.sha256,
            identity=self.dataset.identity,
            notes=[] if self.dataset.summary is None else list(self.dataset.summary.sentences()),
            class_counts=self.dataset.class_counts(),
            image_size=self.dataset.train.image_shape[:2],
        )

    def identity(self) -> dict[str, dict[str, object]]:
        """What a baseline is trained on: the space's code and the images, test images included."""
        return {
            "space": {"name": self.space.name, "source sha256": self.space.sha256},
            "data": {"name": self.dataset.name, "sha256": self.dataset.sha256},
        }

    def context(self) -> dict[str, str | bool | None]:
        """What a resumed search must agree on besides its options."""
        here = environment.collect()
        return {
            "backbone": self.backbone,
            "precision": here.precision,
            **({} if here.deterministic else {fingerprint.DETERMINISTIC: False}),
            **({} if here.xla else {fingerprint.XLA: False}),
            "tunebench": here.tunebench,
            "keras": here.keras,
            "keras_tuner": here.keras_tuner,
            "backend": here.backend,
            "tensorflow": here.tensorflow,
        }


@contextmanager
def open_session(
    space: object, options: SearchOptions | TrainOptions, *, describe: bool = True
) -> Iterator[Session]:
    """Load the data, import the space, and set precision and backbone for the duration of the block.

    Args:
        space: A name from ``tunebench spaces``, the path of a Python file, or what
            :class:`tunebench.spaces.builders.Builder` takes.
        options: The command's options.
        describe: Whether to say what was found in a user's own images, and what the model needs.

    Yields:
        The session.

    Raises:
        TunebenchError: The space or the data set cannot be used.
    """
    if options.tensorboard is not None:
        tensorboard_logs.require()
    import_for_training()
    space = str(space) if isinstance(space, Path) else space
    found = spaces.find(space)
    progress = shown(options.progress)
    dataset = datasets.open_dataset(options, seed=options.seed, on_images=progress.images)
    describe &= not _DESCRIBED.get()
    if describe:
        describe_data(dataset, progress)
    preparation = Preparation(
        space=found,
        data=dataset.training_data(options.seed),
        cache=FeatureCache() if options.cache else None,
        seed=seeds.derive(options.seed, "prefix"),
        on_batch=progress.batch,
    )
    if describe:
        announce_size(found, preparation, progress)
        note_backbone(found, options, progress)
    with ExitStack() as settings:
        # This and XLA as usual, until choose_precision() is called.
        settings.enter_context(dtype_policy("float32" if options.precision == "auto" else options.precision))
        settings.enter_context(determinism.deterministic(on=determinism.resolve(options.deterministic)))
        settings.callback(xla.switch, off=xla.is_off())
        xla.switch(off=False)
        # A handle that leads nowhere stops only what needs it: the variable may be set for another space.
        with nullcontext() if found.has_prefix else suppress(BackboneError):
            settings.enter_context(backbones.use(_handle(options, found)))
        yield Session(space_argument=space, options=options, dataset=dataset, preparation=preparation)


@contextmanager
def described() -> Iterator[None]:
    """In the block, sessions do not say what was found in the images, and what the model needs."""
    before = _DESCRIBED.set(True)
    try:
        yield
    finally:
        _DESCRIBED.reset(before)


def describe_data(dataset: Dataset, progress: Progress) -> None:
    """Say what was found in a user's own images, and that a GPU is not used if there is one."""
    for line in () if dataset.summary is None else _found(dataset.summary):
        progress.note(line)
    if (unused := environment.unused_gpu()) is not None:
        progress.note(unused)


def _found(summary: Summary) -> Iterator[str]:
    """What was found in a user's own images: a short table of the classes, then sentences."""
    table = summary.table(FEW)
    if table is not None:
        sentence = table.sentence()
        yield from table.lines() if sentence is None else [sentence]
    yield from summary.sentences()


def announce_size(space: Space, preparation: Preparation, progress: Progress) -> None:
    """Say what a model for large images needs, before it is built."""
    data = preparation.data
    size = memory.estimate(space, data.image_shape, data.num_classes)
    if size is not None:
        height, width, _ = data.image_shape
        progress.note(
            f"For {width}×{height} pixels, {space.name} has about {size.weights / 1e6:.0f} million weights "
            f"by default, and training it takes about {size.memory_bytes / 2**30:.1f} GiB. --image-size "
            "makes images smaller."
        )


def note_backbone(space: Space, options: RunOptions, progress: Progress) -> None:
    """Say that a backbone probably has no effect, unless the environment names it for all spaces."""
    if not space.has_prefix and options.backbone not in {None, os.environ.get("TUNEBENCH_BACKBONE")}:
        progress.note(
            f"{space.name} has no frozen_prefix, so --backbone has an effect only if its build() loads a "
            "network with tunebench.backbones."
        )


def _text(path: Path) -> str:
    """A path as JSON can hold it: a name on disk may have bytes that are not UTF-8."""
    return str(path).encode(errors="replace").decode()


def _handle(options: RunOptions, space: Space) -> str:
    """The backbone's handle; a path is made absolute, so that it is the same from every folder."""
    handle = options.backbone or space.backbone
    path = expand(handle)
    return str(path.resolve()) if path.exists() else handle
