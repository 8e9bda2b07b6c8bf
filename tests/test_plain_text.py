"""Text that is safe to print."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tunebench.plain_text import clean, json_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.text(max_size=30))
def test_cleaned_text_has_no_control_characters(text: str) -> None:
    """Control characters and direction marks are replaced, one for one."""
    cleaned = clean(text)
    assert len(cleaned) == len(text)
    assert all(ord(each) >= 32 and not 0x7F <= ord(each) < 0xA0 for each in cleaned)
    assert not {"\ufffe", "\uffff", "\N{RIGHT-TO-LEFT OVERRIDE}"} & set(cleaned)
    cleaned.encode()


@given(st.dictionaries(TEXTS, TEXTS))
def test_json_keeps_what_it_escapes(value: dict[str, str]) -> None:
    """A terminal sees no control character, and a reader of the JSON the same text."""
    text = json_text(value)
    assert clean(text.replace("\n", "")) == text.replace("\n", "")
    assert json.loads(text) == value
