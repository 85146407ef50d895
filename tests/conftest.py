"""What every test shares: our integration in Home Assistant's sight, and how hard hypothesis looks."""

import asyncio
from collections.abc import Callable
import logging
from typing import Any

from hypothesis import HealthCheck, settings
import pytest

# Before any fixture runs: the test plugin has a package `custom_components` too, and whichever comes first wins.
from custom_components.ev_sessions.store import opening

from .tables import made

# The test plugin has every statement of SQL logged: nobody reads that, and it takes longer than the statements.
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)

# No deadline: two cores are shared by everything that runs on a small machine, and a slow example is no wrong one.
settings.register_profile(
    "default", max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "long", max_examples=2000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("default")

# The recorder's fixtures insist on coming before `hass`.
BEFORE_HASS = ("async_test_recorder", "recorder_mock")


@pytest.fixture(autouse=True)
def our_integration_is_seen(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant load custom integrations, in tests that have one; the others pay nothing."""
    if "hass" not in request.fixturenames:
        return
    request.getfixturevalue("monkeypatch").setattr(opening, "bring_up_to_date", made)
    for name in BEFORE_HASS:
        if name in request.fixturenames:
            request.getfixturevalue(name)
    request.getfixturevalue("enable_custom_integrations")


@pytest.fixture(autouse=True)
async def enable_event_loop_debug() -> None:
    """Refuse calls into the loop from other threads, as its debug mode does.

    In the place of the test plugin's fixture, which has that mode write down the stack at each callback and future:
    nobody reads that, and it takes a quarter of the time of a test.
    """
    loop: Any = asyncio.get_running_loop()

    def held[**P, R](call: Callable[P, R]) -> Callable[P, R]:
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            loop._check_thread()
            return call(*args, **kwargs)

        return checked

    for name in ("call_soon", "call_at"):
        setattr(loop, name, held(getattr(loop, name)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; let tests that start real processes talk to them, and nothing else."""
    items.sort(key=lambda item: item.get_closest_marker("lengthy") is None)
    for item in items:
        if item.get_closest_marker("e2e") or item.get_closest_marker("newest"):
            item.add_marker(pytest.mark.usefixtures("socket_enabled"))
