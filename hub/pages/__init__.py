"""Pages on the Hub beside nbgrader's own: what a student has in each unit.

A service of the Hub (`python -m hub.pages`), which says who asks. limits: how much anybody may ask.
application: the requests. No address names a student: everybody is shown their own things.
"""
