"""The trace of a session, compressed.

A chunk is a table of whole numbers, kept column by column as differences to the row before:
readings at a steady pace are mostly zeros, and these compress well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
import json
import zlib

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from ..core.moment import instant_of, us_of
from ..core.sessions.trace import TraceSample, begins_chunk
from .schema import fields, trace_chunk
from .upsert import upsert


def append_trace(connection: Connection, session_id: str, samples: Sequence[TraceSample]) -> None:
    """Add samples, in their order of time, as one chunk; one that starts at the same instant is replaced."""
    append_traces(connection, [(session_id, samples)])


def append_traces(connection: Connection, chunks: Iterable[tuple[str, Sequence[TraceSample]]]) -> None:
    """Add chunks of samples, each as `append_trace` does."""
    rows = [
        {
            "session_id": session_id,
            "first_at": samples[0].at,
            "last_at": samples[-1].at,
            "sample_count": len(samples),
            "data": packed(samples),
        }
        for session_id, samples in chunks
        if samples
    ]
    upsert(connection, trace_chunk, rows)


def trace_of(connection: Connection, session_id: str) -> tuple[TraceSample, ...]:
    """Return the samples of a session that are still kept, in their order."""
    query = select(*fields(trace_chunk)).where(trace_chunk.c.session_id == session_id).order_by(trace_chunk.c.first_at)
    return tuple(sample for row in connection.execute(query).mappings() for sample in unpacked(row["data"]))


def shift_trace(connection: Connection, session_id: str, by: timedelta) -> None:
    """Move all samples of a session: the clock by which they were dated was wrong."""
    chunks = select(trace_chunk.c.data).where(trace_chunk.c.session_id == session_id).order_by(trace_chunk.c.first_at)
    known = [unpacked(data) for data in connection.scalars(chunks)]
    connection.execute(delete(trace_chunk).where(trace_chunk.c.session_id == session_id))
    for samples in known:
        append_trace(connection, session_id, [replace(one, at=one.at + by) for one in samples])


def in_chunks(samples: Sequence[TraceSample]) -> list[list[TraceSample]]:
    """Return samples, in their order, in chunks as they are kept."""
    chunks: list[list[TraceSample]] = []
    for sample in samples:
        if not chunks or begins_chunk(chunks[-1], sample):
            chunks.append([])
        chunks[-1].append(sample)
    return chunks


def packed(samples: Sequence[TraceSample]) -> bytes:
    """Return samples as compressed bytes."""
    columns: list[list[int | None]] = [
        [us_of(one.at) for one in samples],
        [one.register_mwh for one in samples],
        [_milli(one.power_w) for one in samples],
        [_milli(one.grid_power_w) for one in samples],
        [_milli(one.limit_a) for one in samples],
    ]
    text = json.dumps([_differences(column) for column in columns], separators=(",", ":"))
    return zlib.compress(text.encode(), 6)


def unpacked(data: bytes) -> list[TraceSample]:
    """Return the samples of compressed bytes."""
    at, register, power, grid, limit = (_sums(column) for column in json.loads(zlib.decompress(data)))
    return [
        TraceSample(
            at=instant_of(at_us or 0),
            register_mwh=register_mwh,
            power_w=_unit(power_mw),
            grid_power_w=_unit(grid_mw),
            limit_a=_unit(limit_ma),
        )
        for at_us, register_mwh, power_mw, grid_mw, limit_ma in zip(at, register, power, grid, limit, strict=True)
    ]


def _milli(value: float | None) -> int | None:
    return None if value is None else round(value * 1000)


def _unit(value: int | None) -> float | None:
    return None if value is None else value / 1000


def _differences(values: Sequence[int | None]) -> list[int | None]:
    """Return each value less the known one before it; unknown ones stay unknown."""
    filled = [0]
    for value in values:
        filled.append(filled[-1] if value is None else value)
    steps = [after - before for before, after in pairwise(filled)]
    return [None if value is None else step for value, step in zip(values, steps, strict=True)]


def _sums(steps: Sequence[int | None]) -> list[int | None]:
    total = 0
    found: list[int | None] = []
    for step in steps:
        total += step or 0
        found.append(None if step is None else total)
    return found
