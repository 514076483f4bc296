"""Gathering evidence: everything here runs beside a student's code and imports Keras.

keras_graph   a Keras model as a `Graph`
weights       weights, and what dropout drops, that depend on a layer's place in the network only
recorders     stand-ins for residual blocks that note how they are called
initialisers  first weights that depend on the initialiser and not on when it was made
networks      small networks that a student's function is given
sketches      small networks with branches, for functions that take a model
folders       folders of picture files, and what predicts their classes
streams       `tf.data` pipelines and generators, run, as plain values
callbacks     what a callback is set to do, as plain values
student_code  calling a student's function and keeping what it raises
probes        the four probes, each returning `Evidence`
"""
