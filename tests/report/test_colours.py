"""Colours of the page and its charts."""

import re
from importlib.resources import files

import pytest

from tunebench.report.charts import style

CSS = (files("tunebench.report") / "templates" / "style.css").read_text(encoding="utf-8")
STRONGEST_HEAT = 0.45


def theme(selector: str) -> dict[str, str]:
    """The variables of a rule."""
    rule = re.search(re.escape(selector) + r" \{(.*?)\}", CSS, re.DOTALL)
    assert rule is not None
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", rule.group(1)))


LIGHT, DARK = theme(":root"), theme(':root[data-theme="dark"]')


def channels(colour: str) -> list[float]:
    """Red, green and blue from 0 to 1."""
    return [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]


def luminance(values: list[float]) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: list[float], second: list[float]) -> float:
    """Contrast ratio, as WCAG 2 defines it: from 1 to 21."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_charts_use_the_light_themes_colours() -> None:
    """Every chart colour equals its CSS variable in the light theme."""
    names = {
        name.removeprefix("var(--").removesuffix(")"): colour for colour, name in style.VARIABLES.items()
    }
    assert {name: LIGHT[name] for name in names} == names


def test_both_dark_rules_agree() -> None:
    """The toggle and the system setting give the same dark theme."""
    assert theme(':root:not([data-theme="light"])') == DARK
    assert DARK.keys() == LIGHT.keys()


@pytest.mark.parametrize("variables", [LIGHT, DARK])
def test_text_and_marks_have_enough_contrast(variables: dict[str, str]) -> None:
    """Text has a contrast of at least 4.5 to 1, marks in charts of at least 3 to 1 (WCAG 2 AA)."""
    colours = {name: channels(colour) for name, colour in variables.items()}
    for ground in ("paper", "raised"):
        for name in ("ink", "soft", "accent"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    assert contrast(colours["faint"], colours["paper"]) >= 3
    heat = [
        STRONGEST_HEAT * accent + (1 - STRONGEST_HEAT) * paper
        for accent, paper in zip(colours["accent"], colours["paper"], strict=True)
    ]
    assert contrast(colours["ink"], heat) >= 4.5
