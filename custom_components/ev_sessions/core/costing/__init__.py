"""What a session costs under a tariff, line by line: pure, exact, and explaining itself."""

from .circumstances import Circumstances
from .engine import cost_of_usage
from .result import CostLine, CostPeriod, CostResult, Rule
from .shown import cost_json, rounded_text
from .usage import PeriodState, Usage, UsageError, UsagePeriod

__all__ = [
    "Circumstances",
    "CostLine",
    "CostPeriod",
    "CostResult",
    "PeriodState",
    "Rule",
    "Usage",
    "UsageError",
    "UsagePeriod",
    "cost_json",
    "cost_of_usage",
    "rounded_text",
]
