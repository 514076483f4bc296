"""Collecting what was handed in, in whatever form it comes.

    opening      folders, files, archives, e-mails  -> files, each with where it was found
    layouts      where it was found                 -> whose it is, and when it was handed in
    roster       names and numbers                  -> the students that nbgrader knows
    recognition  the bytes of a file                -> a notebook of a unit, or the reason why not
    choosing     all attempts of a student          -> the one that counts
    collecting   the chosen attempts                -> submitted/, and a report

Nothing of a student's is run here, and nothing is written under a name that a student has chosen.
"""
