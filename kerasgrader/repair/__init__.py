"""Turn a submission in any state into a notebook that can run. No student code runs here."""
