"""Helpers of the tests: courses, environments, kernels, Hubs, oracles, and a world for attacks."""
