"""Tests of kerasgrader/course."""
