"""What the page says, word for word."""

import os
import re
from pathlib import Path

from tests.synthetic_runs import FOUR, Data, Model, write_run, write_runs
from tunebench.report import compare

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "page.html"


def scrubbed(page: str, folder: Path) -> str:
    """A page without what changes although it says the same: see tests/golden/README.md."""
    page = re.sub(r"(<style>).*?(</style>)", r"\1…\2", page, flags=re.DOTALL)
    page = re.sub(r"(<script>).*?(</script>)", r"\1…\2", page, flags=re.DOTALL)
    page = re.sub(r"sha256-[\w+/=]+", "sha256-…", page)
    page = re.sub(
        r'(<script type="application/json" id="data">).*?(</script>)', r"\1…\2", page, flags=re.DOTALL
    )
    page = re.sub(r"(<svg [^>]*>.*?</desc>).*?(</svg>)", r"\1…\2", page, flags=re.DOTALL)
    page = page.replace(str(folder), "FOLDER")
    page = re.sub(r"\d+ \w{3} 20\d\d(, \d\d:\d\d)?", "DATE", page)
    page = re.sub(r"(?<=[a-zA-Z] )\d+\.\d+\.\d+", "VERSION", page)
    return "\n".join(line.rstrip() for line in page.splitlines() if line.strip()) + "\n"


def test_the_page_says_what_it_said(tmp_path: Path) -> None:
    """A sentence, a column or a caveat would be lost or changed without anyone noticing."""
    write_runs(
        tmp_path / "runs", [*FOUR[2:], Model(name="cnn3-default", accuracy=0.49, seconds=20, tuned=False)]
    )
    write_run(
        tmp_path / "runs" / "gpu", Model(name="gpu", accuracy=0.7, seconds=3, seeds=1, device="GPU: one")
    )
    write_runs(tmp_path / "runs", FOUR[:1], Data(name="digits", class_names=tuple("0123456789")))
    (tmp_path / "runs" / "damaged").mkdir()
    (tmp_path / "runs" / "damaged" / "run.json").write_text("{")
    report = compare([], tmp_path / "runs", tmp_path / "page.html")
    page = scrubbed(report.page.read_text(encoding="utf-8"), tmp_path)
    if os.environ.get("UPDATE_GOLDEN") == "1":
        GOLDEN.write_text(page, encoding="utf-8")
    assert page == GOLDEN.read_text(encoding="utf-8")
