"""The documentation site: Sphinx reading Markdown, every link checked while it is built."""

from __future__ import annotations

import re
from pathlib import Path

_PROJECT = Path(__file__).resolve().parent.parent
_VERSION = re.search(
    r'^__version__ = "([^"]+)"', (_PROJECT / "edge_app" / "__init__.py").read_text(), re.MULTILINE
)

project = "Vigil"
author = "The Vigil contributors"
copyright = "The Vigil contributors, Apache License 2.0"
release = version = _VERSION.group(1) if _VERSION else ""

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
# The suite's table is no page of its own but a part of scenarios.md.
exclude_patterns = ["_build", "scenario-results.md"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = f"Vigil {release}"
html_copy_source = False
html_show_sphinx = False
