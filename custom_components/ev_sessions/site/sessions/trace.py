"""The trace of the session that goes on: samples in chunks, which wait for the next commit."""

from datetime import datetime

from ...core.sessions.trace import TraceSample, begins_chunk, is_kept

#: Chunks that wait for a ledger which takes nothing: a day and a night.
MOST_CHUNKS = 100

type Chunks = dict[tuple[str, datetime], list[TraceSample]]


class SessionTrace:
    """Gathers the samples of one EVSE. Only the chunk that still grows is held here."""

    def __init__(self) -> None:
        self._session_id: str | None = None
        self._last: TraceSample | None = None
        self._chunk: list[TraceSample] = []

    def take(self, session_id: str, sample: TraceSample, waiting: Chunks) -> None:
        """Keep a sample of a session where it tells something new."""
        if session_id != self._session_id:
            self._session_id, self._last = session_id, None
            self.begin_anew()
        if not is_kept(self._last, sample):
            return
        self._last = sample
        if begins_chunk(self._chunk, sample):
            self._chunk = []
        self._chunk.append(sample)
        waiting[session_id, self._chunk[0].at] = self._chunk
        while len(waiting) > MOST_CHUNKS:
            del waiting[next(iter(waiting))]

    def begin_anew(self) -> None:
        """Leave the chunk as the ledger has it: what follows was dated by another clock, or is of another session."""
        self._chunk = []
