"""How an integration's action is asked for prices: by which name, with what, when, and how its answer is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from ...core.prices.refresh import Rhythm
from ..shapes.rows import RawInterval


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The entity that the owner chose, as the registry knows it, and the site's zone.

    `device` is the name that the integration gave to its device.
    """

    platform: str
    unique_id: str
    entry_id: str
    zone: tzinfo
    device: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to ask: the action's name, its data for a local day, and the reader of its answer."""

    name: str
    data: Callable[[date], dict[str, Any]]
    read: Callable[[Mapping[str, Any], tzinfo], tuple[RawInterval, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceAction:
    """All ways to ask an integration, the likeliest first, and when there is news.

    Which way tells the price that the entity shows (with tax or without, by the hour or the
    quarter) is seen by comparing. `currency` is that of the answers; None: the entity's own.
    """

    domain: str
    ways: tuple[Way, ...]
    rhythm: Rhythm
    currency: str | None = None
