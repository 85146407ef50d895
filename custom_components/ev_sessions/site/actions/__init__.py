"""What is asked of a site that runs: by actions, the calendar and diagnostics."""
