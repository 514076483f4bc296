"""What a student's function is given.

arguments    placeholders in a probe's arguments, and the seed
draw         values in the place of placeholders
functions    functions to pass: readers, a schedule
image_files  folders of image files
networks     small networks, for functions that take a network
sketches     small networks with branches, for functions that take a model
predictor    a stand-in for a trained classifier
unchanged    what a function must leave as it was
"""
