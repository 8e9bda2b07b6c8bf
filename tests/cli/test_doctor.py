"""``tunebench doctor`` and GPUs."""

from pathlib import Path

import pytest

from tunebench.cli.main import main

Capture = pytest.CaptureFixture[str]


def _install(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put an ``nvidia-smi`` first in the path."""
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


@pytest.mark.parametrize("hidden", ["", "-1", None])
def test_a_gpu_that_the_back_end_does_not_see_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, hidden: str | None
) -> None:
    """With what to install; a GPU that the user has hidden is not mentioned."""
    _install(tmp_path, monkeypatch, 'printf "NVIDIA H200\\033[31m\\nNVIDIA H200\\n"')
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if hidden is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    main(["doctor"])
    [line] = [line.strip() for line in capsys.readouterr().out.splitlines() if line.startswith("  gpu:")]
    expected = "gpu: none found"
    if hidden is None:
        expected = (
            "gpu: NVIDIA H200\N{REPLACEMENT CHARACTER}[31m is in this machine, but tensorflow does not "
            "see it. Install its CUDA libraries: pip install 'tunebench[gpu]'."
        )
    assert line == expected


@pytest.mark.parametrize("script", ["exit 9", "true", "echo"])
def test_a_driver_without_a_gpu_is_no_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, script: str
) -> None:
    """``nvidia-smi`` may be installed where there is none."""
    _install(tmp_path, monkeypatch, script)
    main(["doctor"])
    assert "gpu: none found" in capsys.readouterr().out
