"""Tests of the Hub, in a real browser."""
