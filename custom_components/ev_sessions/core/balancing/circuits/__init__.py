"""The tree of circuits: what hangs on what, how much current each line of it bears, and which fallbacks fit."""
