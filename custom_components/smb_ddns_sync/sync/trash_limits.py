"""How much of what was replaced or deleted is kept."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class TrashLimits:
    """What is older, more or larger goes for good, the oldest first. None does not limit."""

    age: timedelta | None = timedelta(days=30)
    """Since the run that took it away."""
    versions: int | None = 50
    """Of one path, on one side; 1 or more."""
    size: int | None = None
    """Bytes of all that is in trash of one side."""

    def __post_init__(self) -> None:
        if self.age is not None and self.age < timedelta():
            raise ValueError("a time span cannot be negative")
        if self.versions is not None and self.versions < 1:
            raise ValueError("at least one version of a file is kept")
        if self.size is not None and self.size < 0:
            raise ValueError("a size cannot be negative")
