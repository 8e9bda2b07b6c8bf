"""The YAML at the beginning of a model card, as Hugging Face documents it.

https://github.com/huggingface/hub-docs/blob/main/modelcard.md
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from tunebench.comparison import ModelSummary
from tunebench.plain_text import clean
from tunebench.records import DatasetRecord
from tunebench.report.words import dataset_title

# Names of tunebench's data sets on Hugging Face's hub.
_HUB = {
    "cifar10": "uoft-cs/cifar10",
    "cifar100": "uoft-cs/cifar100",
    "mnist": "ylecun/mnist",
    "fashion_mnist": "zalandoresearch/fashion_mnist",
}


def front_matter(model: ModelSummary) -> str:
    """Licence, tags, data set and test results of a model.

    Args:
        model: The model.

    Returns:
        YAML between two lines of dashes. Every text in it is quoted, so that a class or data set may have any
        name.
    """
    record = model.record
    own_files = record.settings.get("dataset_source") is not None
    hub = None if own_files else _HUB.get(record.dataset.name)
    fields = {
        # The user's decision; "unknown" is one of the hub's values.
        "license": "unknown",
        "library_name": "keras",
        "pipeline_tag": "image-classification",
        "tags": ["image-classification", "keras", "tunebench"],
        **({} if hub is None else {"datasets": [hub]}),
        "metrics": ["accuracy"] if model.macro_f1 is None else ["accuracy", "f1"],
        "model-index": [
            {
                "name": record.name,
                "results": [
                    {
                        "task": {"type": "image-classification", "name": "Image Classification"},
                        "dataset": _dataset(record.dataset, hub, own_files=own_files),
                        "metrics": list(_metrics(model)),
                    }
                ],
            }
        ],
    }
    return "\n".join(["---", *_block(fields), "---"])


def _dataset(record: DatasetRecord, hub: str | None, *, own_files: bool) -> dict[str, Any]:
    """The hub's loader of folders stands for a user's own files, which have no name there."""
    kind = hub or ("imagefolder" if own_files else record.name)
    return {"type": kind, "name": dataset_title(record.name), "split": "test"}


def _metrics(model: ModelSummary) -> Iterator[dict[str, Any]]:
    accuracy = fmean(final.test_accuracy for final in model.record.finals)
    yield {"type": "accuracy", "value": accuracy, "name": "Test accuracy"}
    if model.macro_f1 is not None:
        yield {
            "type": "f1",
            "value": model.macro_f1,
            "name": "Test macro F1",
            "args": {"average": "macro"},
        }


def _block(value: Mapping[str, Any] | Sequence[Any], indent: str = "") -> Iterator[str]:
    """YAML's block style; a text is JSON's, which YAML reads alike."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            if isinstance(each, Mapping | list):
                yield f"{indent}{name}:"
                yield from _block(each, f"{indent}  " if isinstance(each, Mapping) else indent)
            else:
                yield f"{indent}{name}: {_scalar(each)}"
        return
    for each in value:
        if isinstance(each, Mapping):
            first, *others = _block(each, f"{indent}  ")
            yield f"{indent}- {first.lstrip()}"
            yield from others
        else:
            yield f"{indent}- {_scalar(each)}"


def _scalar(value: str | float) -> str:
    # YAML takes 1e-05 for a text.
    return f"{value:.6f}" if isinstance(value, float) else json.dumps(clean(str(value)), ensure_ascii=False)
