"""Tests of kerasgrader/watching: policies, the queue, a watcher that is killed."""
