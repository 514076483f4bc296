"""Build notebooks from lessons, and publish the reference's evidence for visible checks."""
