"""From a folder of images to the first epoch: tunebench beside Keras' ``image_dataset_from_directory``.

Each row is a separate process that reads every training image of the same folder:

- tunebench, without and then with decoded images in its cache: the time until training could start, then that
  of an epoch of its shuffled batches;
- Keras: its first epoch, which decodes, and its second, which decodes again.

    python benchmarks/images.py FOLDER

FOLDER has train/<class>/ and test/<class>/.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import Measured, keep, machine, measured

BATCH = 64


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--image-size", type=int, default=32)
    parser.add_argument("--as", dest="reader", choices=READERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.reader:
        print(json.dumps(READERS[arguments.reader](arguments.folder, arguments.image_size)))
        return
    with tempfile.TemporaryDirectory() as cache:
        runs = [
            ("tunebench, nothing cached", _run("tunebench", arguments, cache)),
            ("tunebench, images in the cache", _run("tunebench", arguments, cache)),
            ("Keras' image_dataset_from_directory", _run("keras", arguments, cache)),
        ]
    lines = [
        "| | ready to train | first epoch | second epoch | peak memory |",
        "|---|---|---|---|---|",
    ]
    figures = []
    for name, found in runs:
        seconds = json.loads(found.output.splitlines()[-1])
        figures.append({"what": name, **seconds, "peak_bytes": found.peak_bytes})
        times = " | ".join(f"{seconds[each]:.1f} s" for each in ("ready", "first", "second"))
        lines.append(f"| {name} | {times} | {found.peak_bytes / 2**20:.0f} MiB |")
    read = f"{seconds['images']:,} training images of {arguments.image_size} pixels, batches of {BATCH}."
    keep("images", {"machine": machine(), "runs": figures}, "\n".join([*lines, "", read, ""]))


def _run(reader: str, arguments: argparse.Namespace, cache: str) -> Measured:
    options = ("--image-size", str(arguments.image_size), "--as", reader)
    return measured([sys.executable, __file__, arguments.folder, *options], {"TUNEBENCH_CACHE_DIR": cache})


def _tunebench(folder: Path, side: int) -> dict[str, Any]:
    from tunebench.runtime import import_keras  # noqa: PLC0415 (each process imports what it measures)

    import_keras()
    from tunebench.data_options import DataOptions  # noqa: PLC0415 (after Keras has its settings)
    from tunebench.datasets import open_dataset  # noqa: PLC0415 (after Keras has its settings)
    from tunebench.fitting.batches import Examples, TrainingBatches  # noqa: PLC0415 (the same)
    from tunebench.fitting.feeding import feed  # noqa: PLC0415 (the same)

    started = time.perf_counter()
    data = open_dataset(DataOptions(dataset=folder, image_size=(side, side))).training_data(0)
    examples = Examples(data.train.images, data.train.labels)
    validation = Examples(data.validation.images, data.validation.labels)
    ready = time.perf_counter() - started
    # Both parts, because Keras reads all images below train/.
    pipelines = [feed(TrainingBatches(each, BATCH, 0))[0] for each in (examples, validation)]
    first, second = (sum(_epoch(each) for each in pipelines) for _ in range(2))
    return {"ready": ready, "first": first, "second": second, "images": len(examples) + len(validation)}


def _keras(folder: Path, side: int) -> dict[str, Any]:
    from tunebench.runtime import import_keras  # noqa: PLC0415 (the same settings)

    keras = import_keras()
    started = time.perf_counter()
    pipeline = keras.utils.image_dataset_from_directory(
        folder / "train", image_size=(side, side), batch_size=BATCH, seed=0, verbose=False
    )
    ready = time.perf_counter() - started
    return {
        "ready": ready,
        "first": _epoch(pipeline),
        "second": _epoch(pipeline),
        "images": len(pipeline.file_paths),
    }


def _epoch(pipeline: Any) -> float:
    started = time.perf_counter()
    for _ in pipeline:
        pass
    return time.perf_counter() - started


READERS = {"tunebench": _tunebench, "keras": _keras}

if __name__ == "__main__":
    main()
