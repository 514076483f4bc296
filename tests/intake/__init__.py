"""Tests of kerasgrader/intake."""
