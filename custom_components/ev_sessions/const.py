"""Constants that every part but the core may know."""

from typing import Final

DOMAIN: Final = "ev_sessions"
