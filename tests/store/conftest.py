"""A ledger in a folder of its own, with a house and a garage."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from custom_components.ev_sessions.store import Ledger

from .builders import add_charger, add_site, opened


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An open, empty ledger with one site."""
    ledger = opened(tmp_path)
    add_site(ledger)
    yield ledger
    ledger.close()


@pytest.fixture
def garage(ledger: Ledger) -> str:
    """The id of the EVSE in the garage."""
    return add_charger(ledger)
