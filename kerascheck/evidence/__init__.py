"""The evidence that a probe records, and a reader for data from an untrusted process."""
