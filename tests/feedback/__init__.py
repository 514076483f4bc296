"""Tests of kerascheck/feedback, and of pages as people see them."""
