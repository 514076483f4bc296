"""The course as a static site: `make site`, which is `python -m website`.

    lengths      how long training cells run for the pages
    execution    a notebook -> the same with its outputs, stored by a digest of all that they depend on
    mistakes     wrong answers of the catalogue -> what the real check says to them
    unit_page    a released notebook, outputs and panels -> the notebook that becomes the unit's page
    texts        README and docs/ -> pages with a navigation
    settings     Sphinx, its theme and its extensions
    mathml       formulas without a script
    links, leaks what is refused on a site: links to nowhere, solutions, hidden tests
    building     all of it, in order

Sphinx, MyST-NB and the theme are in requirements-site.lock. Nothing imports this package but its tests.
"""


class CannotPublish(Exception):
    """The site cannot be built, or must not be published as it is; the message says why."""
