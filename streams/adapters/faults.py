"""What an adapter raises when a whole file cannot be converted."""

from schemas.errors import UsagewatchError


class InputFileError(UsagewatchError):
    """A file is not what it should be; the message completes "<file>: …" and repeats none of its content."""
