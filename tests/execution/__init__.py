"""Tests of kerasgrader/execution."""
