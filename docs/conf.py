"""How Sphinx builds the manual, which `make docs` does."""

import pydoc
from typing import Any

from sphinx.ext.autodoc.mock import mock

project = "tunebench"
author = "The tunebench authors"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
# A reference to a name that does not exist is a warning, and `make docs` makes warnings errors.
nitpicky = True
# As annotations of tunebench's write them.
nitpick_ignore = [
    ("py:class", each) for each in ("ArrayLike", "NDArray", "Path", "np.float32", "pd.DataFrame")
]
# Importing them takes many seconds, and nothing of them is described.
autodoc_mock_imports = ["keras", "keras_tuner", "tensorflow", "tensorflow_hub"]

# Links to a heading: page.md#heading.
myst_heading_anchors = 3
# The notebook is run for each build, and is stored without outputs.
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_use_unqualified_type_names = True
add_module_names = False
maximum_signature_line_length = 80

# Its fonts are those of the reader's system, so that the manual works without a network.
html_theme = "furo"
html_title = "tunebench"
pygments_dark_style = "github-dark"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["manual.css"]


def _without_a_page(_app: Any, _env: Any, node: Any, text: Any) -> Any:
    """Show a name that exists but is not part of the manual without a link."""
    target, module = node.get("reftarget", ""), node.get("py:module")
    with mock(autodoc_mock_imports):
        known = pydoc.locate(target) or (pydoc.locate(f"{module}.{target}") if module else None)
    return None if known is None else text


def setup(app: Any) -> None:
    """Sphinx calls it."""
    app.connect("missing-reference", _without_a_page)
