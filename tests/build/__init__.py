"""Tests of kerasgrader/build."""
