"""Where brands of stations differ from what they say: data, with the source of every fact."""
