"""Which samples of a session are kept, and in which chunks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import itertools
from typing import Any

from hypothesis import given, strategies as st

from custom_components.ev_sessions.core.sessions.trace import (
    CHUNK_S,
    CHUNK_SAMPLES,
    INTERVAL_S,
    TraceSample,
    begins_chunk,
    is_kept,
)

NOON = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
FIRST = TraceSample(at=NOON, register_mwh=1, power_w=100.0, limit_a=16.0)


def later(seconds: float, **changes: Any) -> TraceSample:
    return replace(FIRST, at=NOON + timedelta(seconds=seconds), **changes)


def test_a_sample_that_tells_nothing_new_is_not_kept() -> None:
    assert is_kept(None, FIRST)
    assert not is_kept(FIRST, FIRST)
    assert not is_kept(FIRST, later(60))
    assert not is_kept(FIRST, later(9.9, register_mwh=2))
    assert is_kept(FIRST, later(10, register_mwh=2))
    # A clock that was set back does not silence it.
    assert is_kept(FIRST, later(-3600, power_w=0.0))


def test_a_new_limit_is_kept_at_once() -> None:
    assert is_kept(FIRST, later(0.5, limit_a=6.0))
    assert not is_kept(FIRST, later(0, limit_a=6.0))


def test_a_chunk_ends_after_its_time_its_samples_or_where_time_goes_back() -> None:
    assert begins_chunk([], FIRST)
    assert not begins_chunk([FIRST], later(CHUNK_S - 1))
    assert begins_chunk([FIRST], later(CHUNK_S))
    assert begins_chunk([FIRST], later(-1))
    assert begins_chunk([FIRST] * CHUNK_SAMPLES, later(10))


@given(st.lists(st.tuples(st.floats(0.1, 120), st.integers(0, 3), st.sampled_from([6.0, 16.0])), max_size=200))
def test_samples_are_sparse_but_miss_no_limit(steps: list[tuple[float, int, float]]) -> None:
    at, kept = NOON, [FIRST]
    for seconds, register_mwh, limit_a in steps:
        at += timedelta(seconds=seconds)
        sample = TraceSample(at=at, register_mwh=register_mwh, limit_a=limit_a)
        if is_kept(kept[-1], sample):
            kept.append(sample)
        assert kept[-1].limit_a == limit_a
    for one, after in itertools.pairwise(kept):
        far = (after.at - one.at).total_seconds() >= INTERVAL_S
        assert far or after.limit_a != one.limit_a
