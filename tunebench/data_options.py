"""The options that say which images are used."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from tunebench.errors import TunebenchError
from tunebench.option_kinds import DATASET, FOLDER, IMAGE_SIZE, OBJECT, SIZE, SWITCH, one_of, option

if TYPE_CHECKING:
    from tunebench.datasets import Dataset
    from tunebench.progress import Progress

# Images of a split; None: the data set's own default.
Size = int | Literal["all"] | None
# Pixels of both sides, or height and width.
ImageSize = int | str | tuple[int, int] | None
Resize = Literal["crop", "pad", "stretch"]
Mirror = Literal["auto", "yes", "no"]

RESIZES: tuple[Resize, ...] = get_args(Resize)
MIRRORS: tuple[Mirror, ...] = get_args(Mirror)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Converts and checks every option when it is set.

    Raises:
        TunebenchError: A value is not valid; the message names the option and what was expected.
    """

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            kind, value = field.metadata["option"].kind, getattr(self, field.name)
            if value is None and "None" in str(field.type):
                continue
            try:
                object.__setattr__(self, field.name, kind.read(value))
            except (TypeError, ValueError, OSError) as error:
                raise TunebenchError(f"{field.name}={value!r} is not valid. {kind.why_not(value)}") from error


@dataclass(frozen=True, kw_only=True)
class DataOptions(Checked):
    """Which images."""

    dataset: "str | Path | Dataset" = option(
        "cifar10",
        DATASET,
        "A name from `tunebench datasets`, a folder of images, a table of their paths (.csv or .jsonl), or "
        "an .npz file of arrays.",
    )
    data_dir: str | Path | None = option(
        None,
        FOLDER,
        "The folder of a named data set, for example the one that holds cifar-10-batches-py. Default: the "
        "data is downloaded into Keras' cache.",
    )
    train_size: Size = option(
        None,
        SIZE,
        "Use N training images: the first ones of a named data set, random ones in the classes' proportions "
        "of your own. Default: 10000 of cifar10, otherwise all.",
    )
    test_size: Size = option(
        None, SIZE, "Use N test images, likewise. Default: 2000 of cifar10, otherwise all."
    )
    image_size: ImageSize = option(
        None,
        IMAGE_SIZE,
        "Resize images to N×N pixels, or to height × width. Default: their own size if they agree and are at "
        "most 128 pixels wide and high, otherwise 96.",
    )
    resize: Resize = option(
        "crop",
        one_of(*RESIZES),
        "How: crop fills the size and cuts off the sides, pad shows all of the image on black, stretch "
        "changes its proportions.",
    )
    mirror: Mirror = option(
        "auto",
        one_of(*MIRRORS),
        "Whether a mirrored image keeps its class, so that augmentation may mirror. auto: as is known of a "
        "named data set, yes of your own.",
        must_agree=True,
    )
    strict: bool = option(
        False,  # noqa: FBT003 (the option's default)
        SWITCH,
        "Stop if a file cannot be used, instead of leaving it out.",
    )
    progress: "Progress | bool | None" = option(
        None,
        OBJECT,
        "True or False, or an object of tunebench.progress.Progress that receives the events. Default: shown "
        "in a notebook or another interactive session.",
        flag="",
    )
