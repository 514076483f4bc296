"""Collect submissions in any form into `submitted/`, each under the name of its student.

    unpacking    folders, files, archives, e-mails  -> files and their paths
    platforms    one part of a path                 -> its student, its time, by a platform's scheme
    clues        the path of a file                 -> the same, by the names that no student chose
    companions   lists beside the files             -> what the paths do not say
    recognition  the bytes of a file                -> a notebook of a unit, or the reason why not
    roster       names and numbers                  -> the students that nbgrader knows
    groups       groups.csv                         -> whose submission counts for whom
    matching     a file, and what lies beside it    -> the students for whom it counts
    attempts     all attempts of a student          -> the one that counts
    collected    submitted/                         -> the attempts of earlier collections
    collecting   the chosen attempts                -> submitted/, and a receipt
    exchange     nbgrader's exchange                -> submitted/, without following links

No student code runs here, and no file gets a name that a student has chosen.
"""
