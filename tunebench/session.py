"""One command's data set, space and settings, opened together and used from search to record."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import keras

from tunebench import backbones, datasets, environment, seeds, spaces
from tunebench.choices import Precision, Size
from tunebench.datasets import Dataset
from tunebench.errors import BackboneError
from tunebench.features import FeatureCache
from tunebench.features.preparation import Preparation
from tunebench.fitting import precision
from tunebench.progress import Progress
from tunebench.records import DatasetRecord
from tunebench.spaces import Space


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a command was asked to work on; see :func:`tunebench.search` for each field.

    Attributes:
        backbone: ``None`` for the deck's.
        cache: Whether features are kept for the next command.
    """

    space: str
    dataset: str
    data_dir: Path | None
    train_size: Size
    test_size: Size
    precision: Precision
    backbone: str | None
    cache: bool
    seed: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Session:
    """What a command works on.

    Attributes:
        request: What was asked for.
        dataset: Both splits; only final trainings look at the test split.
        preparation: The space and its training data.
        progress: Told what happens.
    """

    request: Request
    dataset: Dataset
    preparation: Preparation
    progress: Progress

    @property
    def space(self) -> Space:
        """The search space."""
        return self.preparation.space

    @property
    def backbone(self) -> str | None:
        """The handle of the pretrained weights; ``None`` where the space has no prefix."""
        return _handle(self.request) if self.space.has_prefix else None

    def origin(self) -> dict[str, str | None]:
        """Where space and data were found, so that the run can be trained again from any folder."""
        request, space = self.request, self.space
        data_dir = request.data_dir
        return {
            "space_source": request.space if request.space in spaces.names() else _text(space.source),
            "space_sha256": space.sha256,
            "data_dir": None if data_dir is None else _text(data_dir.expanduser().resolve()),
        }

    def settle_precision(self, begun_with: str | None = None) -> None:
        """Choose the precision where the request leaves that open.

        Args:
            begun_with: What a search that goes on was begun with, which it keeps; ``None`` where none does.

        Raises:
            InvalidSpaceError: The space builds no model.
        """
        if self.request.precision != "auto":
            return
        if begun_with is None:
            begun_with = precision.choose(
                self.space, self.preparation.data, seeds.derive(self.request.seed, "precision"), self.progress
            )
        else:
            self.progress.note(f"Precision: {begun_with}, as the search was begun with.")
        keras.config.set_dtype_policy(begun_with)

    def dataset_record(self) -> DatasetRecord:
        """The images that the run uses."""
        return DatasetRecord(
            name=self.dataset.name,
            train_size=len(self.dataset.train),
            validation_size=len(self.preparation.data.validation),
            test_size=len(self.dataset.test),
            class_names=list(self.dataset.class_names),
            sha256=self.dataset.sha256,
        )

    def context(self) -> dict[str, str | None]:
        """What a resumed search must agree on beside its own settings."""
        here = environment.collect()
        return {
            "backbone": self.backbone,
            "precision": here.precision,
            "tunebench": here.tunebench,
            "keras": here.keras,
            "keras_tuner": here.keras_tuner,
            "backend": here.backend,
            "tensorflow": here.tensorflow,
        }


@contextmanager
def open_session(request: Request, progress: Progress) -> Iterator[Session]:
    """Load the data, import the space, and set precision and backbone for the time of the block.

    Args:
        request: What to work on.
        progress: Told what happens.

    Yields:
        The session.

    Raises:
        TunebenchError: The space or the data set cannot be used.
    """
    space = spaces.find(request.space)
    dataset = datasets.load(
        request.dataset,
        data_dir=request.data_dir,
        train_size=request.train_size,
        test_size=request.test_size,
    )
    preparation = Preparation(
        space=space,
        data=dataset.training_data(request.seed),
        cache=FeatureCache() if request.cache else None,
        seed=seeds.derive(request.seed, "prefix"),
        on_batch=progress.batch,
    )
    policy = keras.config.dtype_policy()
    with ExitStack() as settings:
        settings.callback(keras.config.set_dtype_policy, policy)
        # Until settle_precision has chosen.
        keras.config.set_dtype_policy("float32" if request.precision == "auto" else request.precision)
        # A handle that leads nowhere stops only what needs it: the variable may be set for another space.
        with nullcontext() if space.has_prefix else suppress(BackboneError):
            settings.enter_context(backbones.use(_handle(request)))
        yield Session(request=request, dataset=dataset, preparation=preparation, progress=progress)


def _text(path: Path) -> str:
    """A path as JSON can hold it: a name on disk may have bytes that are no UTF-8."""
    return str(path).encode(errors="replace").decode()


def _handle(request: Request) -> str:
    """The backbone's handle; a path is made absolute, so that it is the same from every folder."""
    handle = request.backbone or backbones.DEFAULT_HANDLE
    path = Path(handle).expanduser()
    return str(path.resolve()) if path.exists() else handle
