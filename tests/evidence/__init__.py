"""Tests of kerascheck/evidence."""
