"""The reference of all options: ``docs/options.md``."""

from tunebench.option_kinds import declarations, variable
from tunebench.options import CheckSpaceOptions, SearchOptions, TrainOptions

_COMMANDS = {
    "tunebench search": SearchOptions,
    "tunebench train": TrainOptions,
    "tunebench check": CheckSpaceOptions,
}


def reference() -> str:
    """All options as a Markdown document, which is ``docs/options.md``."""
    lines = ["# Options", "", "Made by `make reference` from `tunebench/options.py`."]
    for title, options in _COMMANDS.items():
        lines += ["", f"## {title}", "", "| option | argument | default | environment variable | meaning |"]
        lines.append("|---|---|---|---|---|")
        for name, (declared, default) in declarations(options).items():
            if declared.flag:
                shown = [declared.flag, name, "" if default is None else str(default)]
                shown.append(variable(declared) or "")
                cells = [f"`{cell}`" if cell else "" for cell in shown]
                lines.append(f"| {' | '.join([*cells, declared.help])} |")
    return "\n".join([*lines, ""])
