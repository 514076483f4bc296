"""Gathering evidence: everything here runs beside a student's code and imports Keras.

keras_graph   a Keras model as a `Graph`
weights       weights that depend on a layer's place in the network and not on its name
recorders     stand-ins for residual blocks that note how they are called
student_code  calling a student's function and keeping what it raises
probes        the four probes, each returning `Evidence`
"""
