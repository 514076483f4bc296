"""The course as data: course.toml, lessons, versions, and the grading seed."""
