"""The versions of OCPP that a station can speak."""

from .dialect import Dialect
from .v16 import Dialect16

DIALECTS: dict[str, type[Dialect]] = {dialect.version: dialect for dialect in (Dialect16,)}
