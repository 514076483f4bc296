"""The judge: compares evidence with the reference's. NumPy only; no student code runs here."""
