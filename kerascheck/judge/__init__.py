"""Evidence beside the reference's becomes a verdict. NumPy only; no student code runs here."""
