"""Whether a name or path is that of a space or of a data set."""

import os

from tunebench import backbones, datasets, spaces
from tunebench.errors import TunebenchError, did_you_mean
from tunebench.home import expand


def is_space(what: str) -> bool:
    """Decide as ``tunebench search`` does: a name of ``tunebench spaces`` or a ``.py`` file is a space.

    Args:
        what: A name or path.

    Returns:
        Whether it is a space; otherwise it is a data set.

    Raises:
        TunebenchError: It is neither, or both.
    """
    path = expand(what)
    # Unlike those of Path, these do not raise for a null byte.
    is_file = what.endswith(".py") and not os.path.isdir(path)  # noqa: PTH112
    named_space = spaces.is_name(what)
    is_data = what in datasets.names() or (os.path.exists(path) and not is_file)  # noqa: PTH110
    if named_space and is_data:
        raise TunebenchError(
            f"{what!r} is a space and also a path here. Expected one of them: write ./{what} for the path, "
            "or run the command in another folder for the space."
        )
    if named_space or is_file or is_data:
        return named_space or is_file
    known = [*spaces.names(), *datasets.names(), *backbones.networks()]
    raise TunebenchError(
        f"There is neither a data set nor a space {what!r}. {did_you_mean(what, known)}Expected a "
        "name from `tunebench spaces` or `tunebench datasets`, a .py file, a folder of images, a table "
        "(.csv or .jsonl) or an .npz file."
    )
