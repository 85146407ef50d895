"""Errors that people read: one place turns what the rooms raise into translated ones."""

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ..chargers.control import ControlError, ControlFailure
from ..const import DOMAIN
from ..store import LedgerError, RefusedEditError, UnknownRecordError

#: The ledger's words for edits that it refuses, and our texts for them.
_EDITS = {
    "end_before_start": "end_before_start",
    "note_too_long": "note_too_long",
    "session_not_settled": "session_not_settled",
    "session_open": "session_is_open",
    "changed_since": "changed_since",
    "cut_outside": "cut_outside",
    "nothing_to_undo": "nothing_to_undo",
    "other_charger": "other_charger",
    "session_between": "session_between",
    "session_there": "session_there",
    "sessions_overlap": "sessions_overlap",
}


def refuse(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the translated error of that key, to raise: what was asked for cannot be."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders or None,
    )


def failed(key: str, **placeholders: str) -> HomeAssistantError:
    """Return the translated error of that key, to raise: what was asked for did not work."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )


@contextmanager
def session_errors(session_id: str) -> Iterator[None]:
    """Translate what the ledger says against changing a session."""
    try:
        with ledger_errors():
            yield
    except UnknownRecordError as err:
        raise refuse("session_not_found", session_id=session_id) from err
    except RefusedEditError as err:
        if err.reason in _EDITS:
            raise refuse(_EDITS[err.reason], session_id=session_id) from err
        raise failed("ledger_failed", reason=err.reason) from err


@contextmanager
def ledger_errors() -> Iterator[None]:
    """Translate that the ledger could not be read or written; what it refuses is left to who asked."""
    try:
        yield
    except UnknownRecordError, RefusedEditError:
        raise
    except LedgerError as err:
        raise failed("ledger_failed", reason=str(err)) from err


@contextmanager
def command_errors(charger: str) -> Iterator[None]:
    """Translate that a charger did not take a command, or that the wish could not be kept."""
    try:
        with ledger_errors():
            yield
    except ControlError as err:
        if err.failure is ControlFailure.TOO_SOON:
            raise refuse("phases_too_soon", charger=charger, reason=err.detail) from err
        raise failed("command_failed", charger=charger, reason=str(err)) from err
