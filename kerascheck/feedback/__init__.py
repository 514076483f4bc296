"""Feedback on a verdict: sentences, hints, a panel and drawings. The judge does not use it."""
