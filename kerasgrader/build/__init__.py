"""Lessons become notebooks, and the reference's evidence for visible checks is published."""
