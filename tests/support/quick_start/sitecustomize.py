"""Python imports this as it starts, in every process that a test starts.

nbgrader and Jupyter import jsonschema, which builds a grammar for internationalised addresses: a second of
processor time in each process, for a format that no notebook has. kerasgrader hides it for itself.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)
