"""A submission, in whatever state, becomes a notebook that can be run. Nothing of a student's runs here."""
