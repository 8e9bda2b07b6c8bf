"""The command line: one file per command, imported only when the command is used."""

from tunebench.cli.main import main

__all__ = ["main"]
