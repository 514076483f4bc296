"""A repaired notebook becomes evidence: jobs, executors, the cache of results, limits."""
