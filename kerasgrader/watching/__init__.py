"""Grading by itself: new submissions are taken, graded in turn, and their pages released.

There is no list of what is to be done. An attempt that has no outcome is to be graded; a page that is not
where students fetch it is to be released. So whatever is killed, and whenever, the next start goes on, and
several watchers take turns with each other and with `grade` by hand. In the order of the way: arrivals,
queue (with policy), placing, watcher, releasing; standing tells people where they are.
"""
