"""What is logged of a fault of ours."""

import traceback


def fault_of_ours(error: Exception) -> str:
    """Return its kind and where it happened. Its text might hold an id token."""
    return f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}"
