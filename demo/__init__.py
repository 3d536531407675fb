"""Real counterparts on loopback, for the demo and for the tests.

Each ends with the program that started it.
"""
