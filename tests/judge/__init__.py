"""Tests of kerascheck/judge."""
