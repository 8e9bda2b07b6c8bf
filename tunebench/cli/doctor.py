"""``tunebench doctor``."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from tunebench import backbones, environment
from tunebench.array_cache import ArrayCache
from tunebench.cli.options import as_json, backbone, data_dir
from tunebench.datasets import catalogue
from tunebench.datasets.decoded import ImageCache
from tunebench.errors import TunebenchError
from tunebench.features import FeatureCache
from tunebench.progress import plural

_PACKAGES = (
    "tunebench",
    "tensorflow",
    "keras",
    "keras-tuner",
    "tensorflow-hub",
    "numpy",
    "scikit-learn",
    "pandas",
    "matplotlib",
)


@click.command(epilog="\b\nExample:\n  tunebench doctor --data-dir ~/data --backbone ~/mobilenet_v2")
@data_dir
@backbone
@as_json
def doctor(*, data_dir: Path | None, backbone: str | None, as_json: bool) -> None:
    """Show versions, the device, and which data and weights are here or how to get them."""
    found = _examine(data_dir, backbone)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for title, lines in found.items():
        click.echo(f"{title}:")
        for name, value in lines.items():
            click.echo(f"  {name}: {value}")


def _examine(data_dir: Path | None, handle: str | None) -> dict[str, dict[str, str]]:
    versions = {"python": sys.version.split()[0]}
    versions |= {package: environment.installed(package) or "not installed" for package in _PACKAGES}
    device = _device()
    return {
        "versions": versions,
        "device": device,
        "data": {entry.name: _data(entry) for entry in catalogue(data_dir)},
        "weights": _weights(handle, device.get("back end", "tensorflow").split()[0]),
        "caches": dict(_usage(cache) for cache in (FeatureCache(), ImageCache())),
    }


def _device() -> dict[str, str]:
    try:
        here = environment.collect()
    except TunebenchError as error:
        return {"keras": str(error)}
    found = {"trains on": here.device, "processors": str(here.cpu_count), "back end": here.backend}
    if here.device.startswith("CPU"):
        found["gpu"] = environment.unused_gpu() or "none found"
    return found


def _data(entry: Any) -> str:
    return (
        f"here, {entry.folder or 'with scikit-learn'}" if entry.available else f"not here. {entry.how_to_get}"
    )


def _usage(cache: ArrayCache) -> tuple[str, str]:
    usage = cache.usage()
    size, limit = (f"{number / 2**30:.2f} GiB" for number in (usage.size_bytes, usage.limit_bytes))
    return str(usage.folder), f"{plural(usage.num_arrays, 'array')}, {size} of at most {limit}"


def _weights(handle: str | None, backend: str) -> dict[str, str]:
    """The weights of mobilenet_v2, and how many files of any network Keras has downloaded."""
    needed = ""
    if handle is None and backend != "tensorflow":
        handle, needed = "keras", f"on {backend}, mobilenet_v2 needs --backbone keras. "
    handle = handle or backbones.DEFAULT_HANDLE
    availability = backbones.check(handle)
    with backbones.use("keras"):
        files = [each for each in backbones.downloads() if each.suffix == ".h5"]
    return {
        handle: f"{'here' if availability.found else 'not here'}: {needed}{availability.text}",
        "keras.applications": f"{plural(len(files), 'file')} of weights in Keras' cache",
    }
