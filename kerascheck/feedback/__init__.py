"""A verdict becomes sentences, hints, a panel and drawings. The judge knows nothing of it."""
