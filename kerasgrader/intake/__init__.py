"""Collect submissions in any form into `submitted/`, each under the name of its student.

    unpacking    folders, files, archives, e-mails  -> files and their paths
    platforms    the path of a file                 -> its student and its submission time
    roster       names and numbers                  -> the students that nbgrader knows
    recognition  the bytes of a file                -> a notebook of a unit, or the reason why not
    attempts     all attempts of a student          -> the one that counts
    collecting   the chosen attempts                -> submitted/, and a receipt
    exchange     nbgrader's exchange                -> submitted/, without following links

No student code runs here, and no file gets a name that a student has chosen.
"""
