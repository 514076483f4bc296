"""Grade a whole class: `run` executes in parallel, `writer` writes marks and pages, `ledger` remembers."""
