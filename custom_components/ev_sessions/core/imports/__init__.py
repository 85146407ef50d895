"""Sessions that other programs kept, translated into records of ours: one small room for each program."""

from .formats import Foreign, ImportFormat, Translated, translated

__all__ = ["Foreign", "ImportFormat", "Translated", "translated"]
