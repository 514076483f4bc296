"""What a student's own notebook shows: panels of cells, cards, predictions."""
