"""How long stories wait before they give up: enough for a machine that is four times slower than a quiet one.

None of these judges anything: what a story judges, it measures.
"""

#: For what others do within seconds.
OTHERS_S = 120.0
#: For all of a story, or of the stories that are lived at once.
STORY_S = 1200.0
