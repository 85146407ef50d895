"""The lines of a cost, as the cost engine tells them and as the ledger keeps them."""

from ...core.costing.session_cost import BesideLine
from ...store import CostLine


def kept(line: BesideLine) -> CostLine:
    """Return a line as the ledger keeps it."""
    return CostLine(
        start=line.start,
        end=line.end,
        component=line.component,
        quantity=line.quantity,
        unit=line.unit,
        amount_nano=line.amount_nano,
        unit_price=line.unit_price,
        tax_percent=line.vat_percent,
        rule={"rule": line.rule, "element": line.element},
    )


def told(line: CostLine) -> BesideLine:
    """Return a line of the ledger as the cost engine told it."""
    return BesideLine(
        start=line.start,
        end=line.end,
        component=line.component,
        rule=line.rule["rule"],
        quantity=line.quantity,
        unit=line.unit,
        amount_nano=line.amount_nano,
        element=line.rule["element"],
        unit_price=line.unit_price,
        vat_percent=line.tax_percent,
    )
