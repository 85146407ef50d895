"""The circuits of a site at run time, and the fallbacks that fit behind them."""
