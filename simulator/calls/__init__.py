"""The calls: what each of the four resources does when it is asked."""

from .table import CALLS

__all__ = ["CALLS"]
