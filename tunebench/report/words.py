"""Sentences in which models' names are set apart."""

from tunebench.report import formats


class Name(str):
    """A model's name within a sentence; the page sets it apart."""

    __slots__ = ()


Sentence = tuple[str, ...]


def plain(sentence: Sentence) -> str:
    """A sentence as text."""
    return "".join(sentence)


def clean(sentence: Sentence) -> Sentence:
    """A sentence without control characters, its names still set apart, and none of them endless."""
    return tuple(
        Name(formats.name(part)) if isinstance(part, Name) else formats.clean(part) for part in sentence
    )
