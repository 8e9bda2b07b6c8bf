"""Predict a folder of images: ``tunebench predict`` beside a plain Keras loop.

Both are separate processes, in turns, that load the same saved model and write the most probable class of
each image as CSV. Keras' loop is ``image_dataset_from_directory`` and ``model.predict``. Images a second
count from the loaded model to the last line; the wall time is that of the complete process.

    python benchmarks/predict.py RUN FOLDER --repeats 5

RUN is a run's folder, and FOLDER has <class>/ with images. Those of another size than the model's are resized
by each in its own way: tunebench averages as in training, Keras interpolates.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from measuring import Measured, keep, machine, measured

BATCH = 128


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--as", dest="reader", choices=READERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.reader:
        print(json.dumps(READERS[arguments.reader](arguments.run, arguments.folder)))
        return
    found: dict[str, list[Measured]] = {name: [] for name in READERS}
    for _ in range(arguments.repeats):
        for name, runs in found.items():
            command = [sys.executable, __file__, arguments.run, arguments.folder, "--as", name]
            runs.append(measured(command))
    figures = {name: [_figures(each) for each in runs] for name, runs in found.items()}
    lines = [
        "| | images a second | complete process | processor time | peak memory |",
        "|---|---|---|---|---|",
    ]
    for name, each in figures.items():
        middle = {figure: median(run[figure] for run in each) for figure in each[0]}
        lines.append(
            f"| {name} | {middle['images_per_second']:,.0f} | {middle['wall_seconds']:.1f} s "
            f"| {middle['processor_seconds']:.1f} s | {middle['peak_bytes'] / 2**20:.0f} MiB |"
        )
    images = figures["tunebench"][0]["images"]
    lines += ["", f"{images:,} images, batches of {BATCH}; medians of {arguments.repeats} in turns.", ""]
    keep("predict", {"machine": machine(), "runs": figures}, "\n".join(lines))


def _figures(run: Measured) -> dict[str, Any]:
    found = json.loads(run.output.splitlines()[-1])
    return {
        **found,
        "images_per_second": found["images"] / found["seconds"],
        "wall_seconds": run.wall_seconds,
        "processor_seconds": run.processor_seconds,
        "peak_bytes": run.peak_bytes,
    }


def _tunebench(run: Path, folder: Path) -> dict[str, Any]:
    import tunebench  # noqa: PLC0415 (each process imports what it measures)
    from tunebench.use.prediction_text import prediction_lines  # noqa: PLC0415 (the same)

    predictions = tunebench.predict(run, folder)
    started = time.perf_counter()
    with Path(os.devnull).open("w", encoding="utf-8") as out:
        for line in prediction_lines(predictions, "csv", 1):
            print(line, file=out)
    return {"seconds": time.perf_counter() - started, "images": predictions.number}


def _keras(run: Path, folder: Path) -> dict[str, Any]:
    from tunebench.runtime import import_keras  # noqa: PLC0415 (the same settings)

    keras = import_keras()
    model = keras.saving.load_model(min(run.glob("model-*.keras")), compile=False)
    started = time.perf_counter()
    images = keras.utils.image_dataset_from_directory(
        folder, image_size=model.input_shape[1:3], batch_size=BATCH, shuffle=False, verbose=False
    )
    probabilities = model.predict(images, verbose=0)
    with Path(os.devnull).open("w", encoding="utf-8") as out:
        for path, row in zip(images.file_paths, probabilities, strict=True):
            best = int(row.argmax())
            print(path, images.class_names[best], row[best], sep=",", file=out)
    return {"seconds": time.perf_counter() - started, "images": len(probabilities)}


READERS = {"tunebench": _tunebench, "Keras": _keras}

if __name__ == "__main__":
    main()
