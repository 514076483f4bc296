"""Tests of kerasgrader/grading: classes, attacks, workers that are killed."""
