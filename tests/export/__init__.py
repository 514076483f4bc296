"""Tests of kerasgrader/export."""
