"""What a student's own notebook does with evidence: judge it, one panel a cell; cards; predictions."""
