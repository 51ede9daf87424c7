"""What can go wrong with a store of secrets."""

from enum import StrEnum


class StoreFault(StrEnum):
    """Why a store did not do what it was asked to."""

    NONE = "none"
    """There is no keyring on this machine."""

    REFUSED = "refused"
    """There is one that is not trusted."""

    LOCKED = "locked"
    STUCK = "stuck"
    """It did not answer in time, and is not asked again."""

    FAILED = "failed"
    NOT_STORED = "not stored"
    """It took the secret and does not have it."""

    INCOMPLETE = "incomplete"
    """Some of it is missing, or does not fit together."""

    @property
    def words(self) -> str:
        """The fault alone, for a sentence that gives other advice."""
        return _WORDS[self]


_WORDS = {
    StoreFault.NONE: "this machine has no keyring",
    StoreFault.REFUSED: "the keyring here is not one that omstui trusts",
    StoreFault.LOCKED: "the keyring is locked",
    StoreFault.STUCK: "the store does not answer",
    StoreFault.FAILED: "the store failed",
    StoreFault.NOT_STORED: "the store did not keep it",
    StoreFault.INCOMPLETE: "the store holds only parts of it",
}


class StoreError(Exception):
    """A secret cannot be read or kept; its text is a sentence for the user that ends with what to do."""

    def __init__(self, fault: StoreFault, sentence: str) -> None:
        self.fault = fault
        super().__init__(sentence)
