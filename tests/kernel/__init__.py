"""Tests of kerasgrader/kernel: warm and sealed."""
