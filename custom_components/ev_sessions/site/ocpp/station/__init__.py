"""One station while its site runs: its messages in, readings and limits out, and what is kept and shown of it."""
