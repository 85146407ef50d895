"""Setting up a station after it booted or came back: read first, change only what differs, and know what it can."""
