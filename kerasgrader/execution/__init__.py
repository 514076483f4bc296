"""Execute repaired notebooks to get evidence: jobs, executors, the cache of results, limits."""
