"""Tests of the lessons: solutions, answers of students, notebooks from top to bottom."""
