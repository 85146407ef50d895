"""The versions of OCPP that a station can speak."""

from .dialect import Dialect
from .v2 import Dialect201
from .v16 import Dialect16
from .v21 import Dialect21

DIALECTS: dict[str, type[Dialect]] = {dialect.version: dialect for dialect in (Dialect16, Dialect201, Dialect21)}
