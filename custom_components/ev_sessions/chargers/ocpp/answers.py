"""Answers that need no thought: what is taken note of, and what is politely refused."""

from typing import Any, Final

from .message import Message, Serve


async def take_note(_message: Message) -> dict[str, Any]:
    """Answer what was told to those who listen."""
    return {}


async def unknown_vendor(_message: Message) -> dict[str, Any]:
    """Answer a vendor's own message: we know no vendor's."""
    return {"status": "UnknownVendorId"}


async def rejected(_message: Message) -> dict[str, Any]:
    """Answer what is not done here."""
    return {"status": "Rejected"}


async def failed(_message: Message) -> dict[str, Any]:
    """Answer what cannot be looked up here."""
    return {"status": "Failed"}


#: What is the same in all versions.
COMMON: Final[dict[str, Serve]] = {
    "DataTransfer": unknown_vendor,
    "FirmwareStatusNotification": take_note,
    "LogStatusNotification": take_note,
    "SecurityEventNotification": take_note,
    "SignCertificate": rejected,
}
