"""Statements of one period for one payer."""
