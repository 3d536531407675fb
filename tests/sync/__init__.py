"""Tests of the sync core: specifications, with the builders in `trees.py` and `pair.py`."""
