"""The parts of `tests.support.hostile_world`: things worth attacking, each of which sees what befalls it.

An observer has `view()`, what an attacker is told of it, and `traces()`, the harm that it has seen so
far, each with a witness: a text in which the attacker's name is looked for.
"""
