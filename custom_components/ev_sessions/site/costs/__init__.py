"""The cost of energy after the fact: priced late, costed again, told late, saved."""
