"""A comparison as Markdown, for a pull request or a README."""

import re
from collections.abc import Iterable, Sequence

from tunebench.comparison import Comparison, Section
from tunebench.plain_text import clean
from tunebench.report import formats, measures
from tunebench.report.answer import answer
from tunebench.report.caveats import caveats
from tunebench.report.columns import Cell, main_columns
from tunebench.report.study_tables import study_markdown
from tunebench.report.timing_notes import timed_again
from tunebench.report.words import Code, Name, Sentence, dataset_title

# Characters with a meaning in Markdown or HTML.
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~&])")


def text(comparison: Comparison) -> str:
    """The answer in words and the table of every data set.

    Args:
        comparison: What was compared.

    Returns:
        GitHub Markdown; names are escaped.
    """
    parts = [_section(comparison, section) for section in comparison.sections]
    parts += [study_markdown(study, table, escape, _sentence) for study in comparison.studies]
    return "\n\n".join("\n".join(part) for part in parts)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1) -> str:
    """A Markdown table.

    Args:
        header: The columns' titles.
        rows: Escaped cells.
        left: Number of left-aligned columns; the others hold numbers.

    Returns:
        Its lines.
    """
    alignment = [":--" if column < left else "--:" for column in range(len(header))]
    lines = [header, alignment, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escape(part: str) -> str:
    """Escape text so that Markdown shows it literally and GitHub sends no mention."""
    return _MARKUP.sub(r"\\\1", clean(part)).replace("@", "@\N{WORD JOINER}")


def _section(comparison: Comparison, section: Section) -> Iterable[str]:
    words, dataset = answer(section, comparison.size_curves), section.dataset
    sizes = f"{dataset.train_size:,} training images, {dataset.test_size:,} test images"
    yield f"### {escape(dataset_title(dataset.name))}"
    yield ""
    yield f"{sizes}."
    yield ""
    for each in words.recommendations:
        model = each.model
        value = measures.value(model.objective, model.value.mean)
        interval = measures.interval(model.objective, model.value.interval)
        time = formats.seconds(model.train_seconds.mean)
        yield f"- {each.purpose}: **{escape(model.label)}**, {value} ({interval}), trained in {time}"
    for sentence in words.findings:
        yield f"- {_sentence(sentence)}"
    yield ""
    columns = main_columns(section)
    header = ["Model", *(column.title.replace("\N{SOFT HYPHEN}", "") for column in columns)]
    rows = [
        [escape(model.label), *(_cell(column.cell(model)) for column in columns)] for model in section.models
    ]
    yield table(header, rows)
    for note in (timed_again(section), *caveats(section)):
        if note:
            yield ""
            yield escape(note)


def _sentence(sentence: Sentence) -> str:
    return "".join(map(_part, sentence))


def _part(part: str) -> str:
    if isinstance(part, Code) and "`" not in part:
        return f"`{clean(part)}`"
    return f"**{escape(part)}**" if isinstance(part, Name) else escape(part)


def _cell(cell: Cell) -> str:
    return f"{cell.text} ({cell.detail})" if cell.detail else cell.text
