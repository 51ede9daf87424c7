"""An expected failure as a value: what went wrong with one request, and what a user can do about it."""

import errno
from collections.abc import Mapping
from math import ceil
from types import MappingProxyType

from msgspec import Struct

from omstui.core.error_codes import error_code, is_own_code, is_query_or_permission, is_service_code
from omstui.core.problem_kind import (
    ADVICE,
    FOREIGN_ADVICE,
    FOREIGN_REFUSAL_ADVICE,
    SHARED_LIMIT,
    Advice,
    ProblemKind,
    Remedy,
)
from omstui.core.text import tame


class Problem(Struct, frozen=True):
    """An expected failure of one request; its texts are already masked, tamed and cut."""

    kind: ProblemKind
    text: str
    """What happened, in words: ours, or the service's."""

    code: str | None = None
    """The service's error code, such as ``APIGW.0301``."""

    status: int | None = None
    """The HTTP status, when there was an answer."""

    request_id: str | None = None
    """The gateway's id of the request, which support asks for."""

    retry_after: float | None = None
    """Seconds that the service asked us to wait, from a header or from the text."""

    is_foreign: bool = False
    """Whether the answer has no code of the service, so that a proxy, a portal or a wrong host may have written it."""

    clock_ahead: float | None = None
    """Seconds by which this machine's clock was ahead of the gateway's, if this may be why a signature was refused."""

    @property
    def proves_credential(self) -> bool:
        """Whether the gateway accepted the credential although the request failed: it checks the credential first.

        Only a code of the service or its gateway proves that; an IAM code about permissions or an answer without a code
        does not. A `REFUSED` request proves it only with a code of the service, which the request must have reached.
        """
        if self.kind is ProblemKind.REFUSED:
            return is_service_code(self.code)
        is_let_in = self.kind in {ProblemKind.GONE, ProblemKind.MISSING, ProblemKind.FORBIDDEN}
        return is_let_in and is_own_code(self.code)

    @property
    def may_be_no_denial(self) -> bool:
        """Whether only another request can show if the credential was accepted.

        One code means "query failed or no permission", and a 404 without a code may be OMS's answer for a missing task.
        """
        if self.is_foreign and self.kind is ProblemKind.ENDPOINT:
            return self.status == 404 and self.code is None
        return self.kind is ProblemKind.FORBIDDEN and is_query_or_permission(self.code)

    @property
    def is_renewable(self) -> bool:
        """Whether a token or temporary keys have expired or cannot be read, so that new ones may help."""
        known = error_code(self.code)
        return self.kind is ProblemKind.TOKEN and known is not None and known.is_renewable

    @property
    def has_own_advice(self) -> bool:
        """Whether the error code has more specific advice than the kind."""
        return not self.is_foreign and self._advice_of_code is not None

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """The remedies that omstui itself offers."""
        return self._advice.remedies

    def advice_for(self, profile: str, keys: Mapping[Remedy, str] = MappingProxyType({})) -> str:
        """Return what to do about it, as one sentence without its full stop.

        Args:
            profile: the profile that sent the request.
            keys: the keys of the remedies that the reader can press; a shell has none.
        """
        return self._advice.words(self.remedies, profile, keys)

    def advice_beside_field(self, profile: str) -> str:
        """Return the advice for a user who is already entering a new credential for the profile; often empty."""
        if self._advice is ADVICE[ProblemKind.TOKEN]:
            return ""
        others = tuple(one for one in self.remedies if one not in {Remedy.SIGN_IN, Remedy.THEN_SIGN_IN})
        return self._advice.words(others, profile, {})

    @property
    def _advice_of_code(self) -> Advice | None:
        known = error_code(self.code)
        return known.advice if known is not None else None

    @property
    def _advice(self) -> Advice:
        if self.is_foreign:
            return FOREIGN_REFUSAL_ADVICE if self.kind is ProblemKind.TOKEN else FOREIGN_ADVICE
        if (own := self._advice_of_code) is not None:
            return own
        if self.kind is ProblemKind.THROTTLED and self.retry_after:
            return Advice(
                f"The service asked for {ceil(self.retry_after)} s, omstui waits that long or longer; {SHARED_LIMIT}"
            )
        return ADVICE[self.kind]


def no_profile(name: str) -> Problem:
    """Return the problem of a task whose profile is no longer configured."""
    shown = tame(name)
    return Problem(ProblemKind.ENDPOINT, f"config.toml has no profile {shown!r}: omstui login {shown} makes it")


def descriptors_words(error: BaseException) -> str | None:
    """Return what to do when an error means that no file descriptor is free; ``None`` for any other error."""
    if not isinstance(error, OSError) or error.errno not in {errno.EMFILE, errno.ENFILE}:
        return None
    if error.errno == errno.ENFILE:
        return "this machine has no free file descriptor: end other programs, then start omstui again"
    return "this process has no free file descriptor: ulimit -n 1024, then start omstui again"
