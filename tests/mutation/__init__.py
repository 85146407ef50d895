"""Change the rules one small step at a time, and see which changes no test notices."""
