"""Tests of kerasgrader/report."""
