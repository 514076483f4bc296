"""Names of pages in archives: each platform finds the student by what its own download was called."""

from __future__ import annotations

import pytest

from kerasgrader.course.course import Unit
from kerasgrader.export.page_names import PLATFORMS
from kerasgrader.intake.given_names import GivenName
from tests.support.course_folder import ROOT

UNIT = Unit(ROOT, "unit1", "one.py", "resnets", "Residual networks", 60)


def name(platform: str, *names: str, keys: tuple[str, ...] = ()) -> str | None:
    return PLATFORMS[platform].name(UNIT, GivenName(names, keys))


@pytest.mark.parametrize(
    ("given", "page"),
    [
        ("doejane_12345_67890_work.ipynb", "doejane_12345_67890_work.html"),
        ("doejane_LATE_12345_67890_work-2.ipynb", "doejane_LATE_12345_67890_work-2.html"),
        ("doejane_12345_67890_2026_my_work.ipynb", "doejane_12345_67890_2026_my_work.html"),
        ("doejane_12345_67890_link.ipynb", "doejane_12345_67890_link_resnets.html"),
        ("Team 7_doejane_12345_67890_work.ipynb", "Team 7_doejane_12345_67890_work.html"),
        ("王伟_12345_67890_作业.ipynb", "王伟_12345_67890_作业.html"),
        ("anon_a1b2c_67890_work.ipynb", "anon_a1b2c_67890_work.html"),
        ("doejane_12345_work.ipynb", None),
        ("work.ipynb", None),
    ],
)
def test_canvas_pages_carry_the_ids_of_student_and_file(given: str, page: str | None) -> None:
    """Whatever the student called the file; one that Canvas would ignore gets another end."""
    assert name("canvas", "submissions.zip", given) == page


def test_a_students_own_archive_is_named_as_the_platform_named_it() -> None:
    """What is inside was named by the student, and its numbers count for nothing."""
    inside = ("doejane_12345_67890_all.zip", "x_1_2_y.ipynb")
    assert name("canvas", "submissions.zip", *inside) == "doejane_12345_67890_all.html"
    folder = "Jane Doe_77_assignsubmission_file_"
    assert name("moodle", "m.zip", folder, "a_1_assignsubmission_file_b.ipynb") == (
        f"{folder}/resnets.html"
    )


@pytest.mark.parametrize(
    ("given", "page"),
    [
        ("Jane Doe_77_assignsubmission_file_", "Jane Doe_77_assignsubmission_file_/resnets.html"),
        ("Jane Doe_77_assignsubmission_file", "Jane Doe_77_assignsubmission_file/resnets.html"),
        (
            "Jane Doe_77_assignsubmission_file_my_work.ipynb",
            "Jane Doe_77_assignsubmission_file_resnets.html",
        ),
        ("A_B Doe_77_assignsubmission_file_", "A B Doe_77_assignsubmission_file_/resnets.html"),
        ("Jane Doe_77_work.ipynb", None),
    ],
)
def test_moodle_pages_carry_the_number_of_the_participant(given: str, page: str | None) -> None:
    """In the folder of the download, or behind its prefix if that had no folders."""
    assert name("moodle", "download.zip", given, "work.ipynb") == page


def test_ilias_pages_lie_in_the_folder_of_the_account() -> None:
    """Not in one that only looks like it: the outer folder is numbered, too."""
    names = ("multi_feedback_Unit_1_42.zip", "Unit_1_42", "Doe_Jane_jdoe_314", "work.ipynb")
    page = "multi_feedback_unit1/Doe_Jane_jdoe_314/resnets.html"
    assert name("ilias", *names, keys=("314", "jdoe")) == page
    assert name("ilias", "x.zip", "Doe_Jane", "work.ipynb") is None


def test_sakai_pages_lie_among_the_feedback_attachments() -> None:
    """Below the folder that ends with the account in brackets."""
    names = ("bulk.zip", "Unit 1", "Doe, Jane (Zoe)(jdoe)", "Submission attachment(s)", "w.ipynb")
    assert name("sakai", *names, keys=("jdoe",)) == (
        "unit1/Doe, Jane (Zoe)(jdoe)/Feedback Attachment(s)/resnets.html"
    )
    assert name("sakai", "bulk.zip", "Doe, Jane(jdoe)_w.ipynb") == (
        "unit1/Doe, Jane(jdoe)/Feedback Attachment(s)/resnets.html"
    )
    assert name("sakai", "bulk.zip", "Doe, Jane", "w.ipynb") is None


def test_brightspace_pages_lie_in_the_folders_of_the_download() -> None:
    """Also where the download had no folders."""
    start = "12345-67890 - Jane Doe - 30 November, 2026 1159 PM"
    assert name("brightspace", "d.zip", start, "w.ipynb") == f"{start}/resnets.html"
    assert name("brightspace", "d.zip", f"{start} - w.ipynb") == f"{start}/resnets.html"
    old = "12345-67890 - Anne-Marie Doe- Mar 5, 2024 1030 AM"
    assert name("brightspace", "d.zip", old, "w.ipynb") == f"{old}/resnets.html"
    assert name("brightspace", "d.zip", "Jane Doe - w.ipynb") is None
