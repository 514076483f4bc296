"""Tests of kerasgrader/repair."""
