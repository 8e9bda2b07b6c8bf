"""Names and sentences: names of models and commands are kept separate, so the page can set them apart."""

from collections.abc import Sequence

from tunebench.plain_text import clean

_DATASETS = {"cifar10": "CIFAR-10", "fashion_mnist": "Fashion-MNIST", "digits": "Digits"}


class Name(str):
    """A model's name within a sentence."""

    __slots__ = ()


class Code(str):
    """A command within a sentence."""

    __slots__ = ()


Sentence = tuple[str, ...]


def plain(sentence: Sentence) -> str:
    """A sentence as text."""
    return "".join(sentence)


def joined(sentences: Sequence[Sentence], separator: str = ", ", last: str | None = None) -> Sentence:
    """Sentences in a row, with another separator before the last one if given."""
    parts: list[str] = []
    for number, sentence in enumerate(sentences):
        if number:
            parts.append(last if last and number == len(sentences) - 1 else separator)
        parts += sentence
    return tuple(parts)


def sentence_of(clauses: Sequence[Sentence]) -> Sentence:
    """Clauses as one sentence, with a capital letter and a full stop."""
    first, *rest = joined(clauses, "; ")
    return (first[0].upper() + first[1:], *rest, ".")


def dataset_title(name: str) -> str:
    """A data set's usual spelling, such as ``CIFAR-10`` for ``cifar10``; an unknown name is unchanged."""
    return _DATASETS.get(name, clean(name))
