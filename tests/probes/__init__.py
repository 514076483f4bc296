"""Tests of kerascheck/probes, and of the checks that a notebook calls."""
