"""The one way in which set-up fails."""


class SetupError(Exception):
    """A step could not be done.

    It says which step, why, and what the person at the terminal can do about it.
    """

    def __init__(self, step: str, cause: str, remedy: str) -> None:
        super().__init__(f"{step}: {cause}")
        self.step = step
        self.cause = cause
        self.remedy = remedy
