"""Broken and hostile input for everything that reads what others wrote.

A target takes bytes and comes to a value, or to an error of the types that its callers expect.
Anything else is a find. A case is made from the seed, the target's name and its own number alone,
so each can be played again by itself.
"""
