"""Imports that a grading process is spared. To be imported before whatever would import them.

jsonschema looks whether `rfc3987_syntax` is installed (Jupyter's server brings it), to check addresses in
JSON, of which notebooks have none. It builds its grammar when it is imported, which takes a second. To
jsonschema it is as if it were not installed.
"""

from __future__ import annotations

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
