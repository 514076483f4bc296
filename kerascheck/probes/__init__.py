"""Probes: they gather evidence in the process of a student's code, and only they import Keras.

probes        the probes of networks, which return `Evidence`
values        the probe of returned values and errors
conditions    the conditions under which both run
settings      Keras's defaults, whatever the session has set
given         what a student's function is given: arguments, files, networks
student_code  calls a student's function and catches its errors
uses          the uses of layers in a model, with nested models seen through
keras_graph   a Keras model as a `Graph`
unfinished    the layers that had been applied when a function raised an error
weights       weights and dropout masks that depend on a layer's place in the network only
initialisers  initial weights that depend on the initialiser and not on the order of creation
recorders     functions that record the calls of residual blocks
stand_ins     puts them in the place of a student's blocks
streams       `tf.data` pipelines and generators, read into plain values
messages      the names and numbers in an error's message
callbacks     the settings of a callback as plain values
"""
