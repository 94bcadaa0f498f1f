"""Catch network connections: in the tests' own process, and in every process they start.

A folder with a ``sitecustomize.py`` on ``PYTHONPATH`` sets the same wire in every Python
process below, the spawned workers among them. What trips is written to the file that
``MISO_TRIPWIRE`` names, so that a swallowed exception cannot hide it.
"""
