"""Sphinx settings: `nox -s docs` builds the pages with warnings as errors."""

project = "driftline"
author = "the driftline authors"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "off"
autodoc_typehints = "description"
html_theme = "pydata_sphinx_theme"
html_show_sourcelink = False
# Written by measurements, and included by other pages.
exclude_patterns = [
    "_build",
    "*_results.md",
    "decisions_rates.md",
    "methods/groups_results.md",
    "methods/psi_laws.md",
    "performance_growth.md",
    "performance_tools.md",
]
