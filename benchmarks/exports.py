"""Export finished runs to every format, and print a Markdown table of sizes, differences and times.

    python benchmarks/exports.py runs/digits/cnn3-default runs/cifar10/mobilenet_v2-default

The times are of batches of 32 images, after a warm-up, the format's runtime beside Keras on the same images.
It runs the code of the runs' own spaces.
"""

import argparse
import tempfile
from pathlib import Path

import tunebench
from tunebench.report import formats as shown
from tunebench.runs import Run
from tunebench.use import formats


def main() -> None:
    """Export, and print the table row by row."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--formats", nargs="+", choices=formats.NAMES, default=formats.NAMES)
    parser.add_argument(
        "--data-dir", type=Path, help="the folder of the data (default: where each run found it)"
    )
    arguments = parser.parse_args()
    print("| run | format | size | largest difference | same class | an image | Keras, an image |")
    print("|---|---|---|---|---|---|---|")
    for path in arguments.runs:
        for name in arguments.formats:
            try:
                row = _row(tunebench.load_run(path), name, arguments.data_dir)
            except tunebench.TunebenchError as error:
                row = [str(error)]
            print("|", " | ".join([path.name, name, *row]), "|", flush=True)


def _row(run: Run, name: str, data_dir: Path | None) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"model{formats.find(name).suffix}"
        exported = run.export(name, out=out, data_dir=data_dir, trust_code=True)
    found = exported.agreement
    return [
        shown.size(exported.size_bytes),
        f"{found.largest_difference:.2g}",
        f"{found.same_class} of {found.count}",
        shown.seconds(found.seconds_per_image),
        shown.seconds(found.keras_seconds_per_image),
    ]


if __name__ == "__main__":
    main()
