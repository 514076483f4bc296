"""Hands over evidence that says nothing: no graph, no outputs, status ok.

Afterwards: the marks are no better than those of the same answers without it.
"""

from dataclasses import replace

from kerascheck import check

honest = check._hand_over
check._hand_over = lambda evidence: honest(replace(evidence, graph=None, outputs={}, facts={}))
