"""Gathering evidence: everything here runs beside a student's code, and only this folder imports Keras.

arguments     descriptions of arguments, drawn from a seed
keras_graph   a Keras model as a `Graph`
weights       weights, and what dropout drops, that depend on a layer's place in the network only
recorders     stand-ins for residual blocks that note how they are called
initialisers  first weights that depend on the initialiser and not on when it was made
networks      small networks that a student's function is given
sketches      small networks with branches, for functions that take a model
image_files   folders of image files
predictor     what predicts the classes of images
streams       `tf.data` pipelines and generators, run, as plain values
callbacks     what a callback is set to do, as plain values
student_code  calls a student's function and catches what it raises
unfinished    the layers that had been applied when a function raised
probes        the four probes, each returning `Evidence`
"""
