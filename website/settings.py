"""Settings of Sphinx for the site. Nothing on a page is fetched from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kerasgrader.course.course import Course

HERE = Path(__file__).parent


def settings(course: Course, extra: Path) -> dict[str, Any]:
    """What a conf.py would hold. extra: a folder that is copied into the site as it is."""
    github = f"https://github.com/{course.repository}"
    links = [{"name": "GitHub", "url": github, "icon": "fa-brands fa-github"}]
    return {
        "project": course.title,
        "author": "",
        "copyright": "",
        "language": "en",
        "smartquotes": False,  # a quotation mark is what was typed: `leaks` compares text
        "extensions": ["myst_nb", "website.mathml"],
        "nb_execution_mode": "off",  # website.execution does, and stores what it gets
        "nb_merge_streams": True,
        "myst_enable_extensions": ["dollarmath"],
        "myst_heading_anchors": 4,
        "suppress_warnings": ["mystnb.unknown_mime_type", "misc.highlighting_failure"],
        "html_theme": "pydata_sphinx_theme",
        "html_title": course.title,
        "html_math_renderer": "mathml",
        "html_static_path": [str(HERE / "static")],
        "html_css_files": ["site.css"],
        "html_extra_path": [str(extra)],
        "html_copy_source": False,
        "html_show_sourcelink": False,
        "html_show_copyright": False,
        "html_show_sphinx": False,
        "html_use_index": False,
        "html_domain_indices": False,
        "html_sidebars": {
            "index": [],
            "students": [],
            "teachers": [],
            "contributors": [],
            "units": [],
        },
        "html_theme_options": {
            "logo": {"text": course.title},
            "navbar_align": "left",
            "secondary_sidebar_items": ["page-toc"],
            "show_toc_level": 2,
            "search_bar_text": "Search",
            "footer_start": [],
            "footer_end": [],
            "icon_links": links if course.repository else [],
        },
    }
