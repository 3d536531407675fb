"""Set-up: from a clean machine to the environments that the project runs and is tested in.

It runs on the machine's own Python, from 3.8 on, with the standard library alone, because the
Python that Home Assistant needs is one of the things it makes. Nothing here is imported by anything
else.

Everything it makes lies in one ignored folder. Each part is stamped with what it was made from,
last of all; a part without its stamp, left by an interruption, is made anew, and one whose inputs
are the same is left alone.
"""
