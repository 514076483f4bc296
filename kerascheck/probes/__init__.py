"""Probes: they gather evidence in the process of a student's code, and only they import Keras.

arguments     placeholders for arguments, and values drawn from a seed
keras_graph   a Keras model as a `Graph`
weights       weights and dropout masks that depend on a layer's place in the network only
recorders     stand-ins for residual blocks that record their calls
initialisers  initial weights that depend on the initialiser and not on the order of creation
networks      small networks, for functions that take a network
sketches      small networks with branches, for functions that take a model
image_files   folders of image files
predictor     a stand-in for a trained classifier
streams       `tf.data` pipelines and generators, read into plain values
callbacks     the settings of a callback as plain values
student_code  calls a student's function and catches its errors
unfinished    the layers that had been applied when a function raised an error
probes        the four probes, each returning `Evidence`
"""
