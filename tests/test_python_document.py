"""The programs of ``docs/python.md`` are run."""

import re
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[1] / "docs" / "python.md"


@pytest.mark.slow
def test_the_programs_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As they are, one after the other; a script shows no progress."""
    monkeypatch.chdir(tmp_path)
    programs = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(programs) == 2
    names: dict[str, object] = {}
    for program in programs:
        exec(compile(program, DOCUMENT.name, "exec"), names)  # noqa: S102 (the document's own program)
    printed = capsys.readouterr()
    assert printed.out.startswith("<Run cnn1 on digits: test accuracy ")
    assert "accuracy_low" in printed.out
    assert printed.out.rstrip().endswith("(100, 10)")
    assert printed.err == ""
    assert (tmp_path / "reports" / "digits.html").exists()
