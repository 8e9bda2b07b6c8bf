"""What a repeated study has to agree on."""

from pathlib import Path
from typing import Any

import pytest

from tests.small import write_space
from tests.synthetic_runs import Data, Model, write_run
from tunebench import spaces
from tunebench.errors import TunebenchError
from tunebench.runs import read_run
from tunebench.studies.agreement import check_code, check_settings, settings_of
from tunebench.study_options import StudyOptions

HERE = Path("study")


def test_a_difference_is_named_as_on_the_command_line() -> None:
    """Also a switch, and an option that has no value."""
    for earlier, now, words in (
        ({"quick": False}, {"quick": True}, "(without --quick then, with --quick now)"),
        ({"trials": None}, {"trials": 5}, "(without --trials then, --trials 5 now)"),
        ({"epochs": 2}, {"epochs": 3}, "(--epochs 2 then, --epochs 3 now)"),
        ({"images": "a"}, {"images": "b"}, "(the images differ, by their files or by"),
    ):
        with pytest.raises(TunebenchError) as caught:
            check_settings(HERE, earlier, now)
        assert words in str(caught.value)


def test_studies_of_earlier_versions_are_continued() -> None:
    """Their record has the code of all spaces in one text, a budget, and lacks later options."""
    found = [spaces.find("cnn1"), spaces.find("cnn2")]
    earlier: dict[str, Any] = {"quick": False, "budget": 3600.0, "trials": None, "epochs": None, "seed": 0}
    earlier |= {"spaces": "cnn1, cnn2", "code of the spaces": "0123 4567", "images": "abc", "backbone": None}
    check_settings(HERE, earlier, settings_of(StudyOptions(budget="2h"), found, "abc"))


def test_a_changed_space_is_refused_if_runs_of_it_are_finished(tmp_path: Path) -> None:
    """The line names the space and these runs; other spaces, and spaces without finished runs, may change."""
    space = spaces.find(str(write_space(tmp_path)))
    digests = {"same": space.sha256, "changed": "0" * 64}
    runs = {
        name: read_run(
            write_run(
                tmp_path / name,
                Model(name=name, space="tiny", accuracy=0.5, seconds=1, settings={"space_sha256": digest}),
                Data(name="digits", train_size=100, test_size=100),
            )
        )
        for name, digest in digests.items()
    }
    check_code(HERE, [space], {"same": runs["same"]})
    check_code(HERE, [spaces.find("cnn1")], runs)
    with pytest.raises(TunebenchError, match=r"The code of the space tiny has changed .*: changed\. Restore"):
        check_code(HERE, [space], runs)
