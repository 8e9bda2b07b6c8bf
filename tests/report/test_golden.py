"""The complete text of the page, charts included."""

import os
import re
from dataclasses import replace
from pathlib import Path

from tests.synthetic_runs import FOUR, Data, Model, write_runs
from tunebench.report import write
from tunebench.runs import select_runs

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "page.html"


def golden_page(folder: Path) -> str:
    """The scrubbed page of three runs on one data set, two on another, and a damaged run."""
    runs_dir = folder / "runs"
    default = Model(name="cnn3-default", accuracy=0.49, seconds=20, tuned=False, seeds=2)
    gpu = Model(name="gpu", accuracy=0.7, seconds=3, seeds=1, device="GPU: one")
    few = Data(class_names=("cat", "dog", "deer", "horse"))
    write_runs(runs_dir, [replace(model, epochs=5) for model in (*FOUR[2:], default)], few)
    write_runs(runs_dir, [replace(model, epochs=5) for model in (FOUR[0], gpu)], replace(few, name="digits"))
    (runs_dir / "damaged").mkdir()
    (runs_dir / "damaged" / "run.json").write_text("{")
    page = write(select_runs([], runs_dir), folder / "page.html").page
    return scrubbed(page.read_text(encoding="utf-8"), folder)


def scrubbed(page: str, folder: Path) -> str:
    """The page without what depends on the machine, the day or versions: see tests/golden/README.md."""
    page = re.sub(r"(<style>).*?(</style>)", r"\1…\2", page, flags=re.DOTALL)
    page = re.sub(r"(<script[^>]*>).*?(</script>)", r"\1…\2", page, flags=re.DOTALL)
    page = re.sub(r"sha256-[\w+/=]+", "sha256-…", page)
    page = re.sub(r"(data:image/png;base64,)[\w+/=]+", r"\1…", page)
    page = re.sub(r"<svg .*?</svg>", lambda chart: _scrubbed_chart(chart.group()), page, flags=re.DOTALL)
    page = page.replace(str(folder), "FOLDER")
    page = re.sub(r"\d+ \w{3} 20\d\d(, \d\d:\d\d)?", "DATE", page)
    page = re.sub(r"(?<=[a-zA-Z] )\d+\.\d+\.\d+", "VERSION", page)
    return "\n".join(line.rstrip() for line in page.splitlines() if line.strip()) + "\n"


def _scrubbed_chart(chart: str) -> str:
    """One element per line; identifiers that matplotlib hashes are left out."""
    return re.sub(r"-[mp][0-9a-f]{10}\b", "-HASH", chart).replace("><", ">\n<")


def test_the_page_matches_the_golden_file(tmp_path: Path) -> None:
    """Every sentence, figure and chart of the page is as in the golden file."""
    page = golden_page(tmp_path)
    if os.environ.get("UPDATE_GOLDEN") == "1":
        GOLDEN.write_text(page, encoding="utf-8")
    assert page == GOLDEN.read_text(encoding="utf-8")
