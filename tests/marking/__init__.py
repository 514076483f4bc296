"""Tests of kerasgrader/marking."""
