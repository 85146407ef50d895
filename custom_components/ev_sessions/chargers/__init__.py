"""The ways to reach a charger: readings out, limits back."""
