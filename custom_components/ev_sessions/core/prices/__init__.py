"""What energy costs when: what a source showed, what it forecasts, what somebody hands over."""
