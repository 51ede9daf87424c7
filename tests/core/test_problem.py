import errno

import pytest

from omstui.core.problem import Problem, descriptors_words, no_profile
from omstui.core.problem_kind import ProblemKind
from omstui.core.watch.condition import Condition


@pytest.mark.parametrize(
    ("problem", "is_proven"),
    [
        (Problem(ProblemKind.GONE, "no", "OMS.1009"), True),
        (Problem(ProblemKind.MISSING, "no", "S3M.0054"), True),
        (Problem(ProblemKind.FORBIDDEN, "no", "OMS.0206"), True),
        (Problem(ProblemKind.FORBIDDEN, "no", "APIC.0302"), True),
        (Problem(ProblemKind.GONE, "no"), False),
        (Problem(ProblemKind.MISSING, "no", "NoSuchKey"), False),
        (Problem(ProblemKind.FORBIDDEN, "no", "IAM.0003"), False),
        (Problem(ProblemKind.REFUSED, "no", "APIGW.0602"), False),
        (Problem(ProblemKind.REFUSED, "no", "OMS.0064"), True),
        (Problem(ProblemKind.REFUSED, "no"), False),
        (Problem(ProblemKind.ENDPOINT, "no", status=404, is_foreign=True), False),
        (Problem(ProblemKind.SERVER, "no", "OMS.0001", 500), False),
        (Problem(ProblemKind.TOKEN, "no"), False),
    ],
)
def test_only_the_service_itself_proves_that_the_credential_was_let_in(problem: Problem, is_proven: bool) -> None:
    assert problem.proves_credential is is_proven


@pytest.mark.parametrize("kind", [ProblemKind.ENDPOINT, ProblemKind.TOKEN])
def test_where_somebody_else_answers_the_advice_begins_with_the_way_there(kind: ProblemKind) -> None:
    advice = Problem(kind, "no", is_foreign=True).advice_for("p")
    assert advice.startswith("Check the network, the proxy and the ")
    assert ("omstui login p" in advice) is (kind is ProblemKind.TOKEN)


@pytest.mark.parametrize(
    ("problem", "may_be"),
    [
        (Problem(ProblemKind.FORBIDDEN, "no", "OMS.0053"), True),
        (Problem(ProblemKind.FORBIDDEN, "no", "S3M.0053"), True),
        (Problem(ProblemKind.SERVER, "no", "OMS.0053", 500), False),
        (Problem(ProblemKind.FORBIDDEN, "no", "OMS.0206"), False),
        (Problem(ProblemKind.FORBIDDEN, "no", "IAM.0053"), False),
        (Problem(ProblemKind.ENDPOINT, "no", status=404, is_foreign=True), True),
        (Problem(ProblemKind.ENDPOINT, "no", status=403, is_foreign=True), False),
        (Problem(ProblemKind.ENDPOINT, "no", "NoSuchKey", 404, is_foreign=True), False),
        (Problem(ProblemKind.ENDPOINT, "no", "APIGW.0101", 404), False),
    ],
)
def test_what_another_request_must_decide_is_told_from_a_denial(problem: Problem, may_be: bool) -> None:
    assert problem.may_be_no_denial is may_be


@pytest.mark.parametrize("kind", ProblemKind)
def test_every_kind_has_a_word_for_the_row_and_an_advice(kind: ProblemKind) -> None:
    assert Condition(kind.value).has_old_figures
    assert Problem(kind, "text").advice_for("p")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (29.2, "The service asked for 30 s, omstui waits that long or longer; "),
        (None, "The service named no time, omstui chose how long it waits; "),
    ],
)
def test_the_advice_about_throttling_says_whose_wish_the_waiting_is(told: float | None, words: str) -> None:
    assert Problem(ProblemKind.THROTTLED, "no", status=429, retry_after=told).advice_for("lab").startswith(words)


def test_some_codes_have_an_advice_of_their_own() -> None:
    assert "balance" in Problem(ProblemKind.FORBIDDEN, "text", "OMS.0201").advice_for("p")
    assert "locked" in Problem(ProblemKind.TOKEN, "text", "IAM.0061").advice_for("p")
    assert "balance" in Problem(ProblemKind.FORBIDDEN, "text", "S3M.0201").advice_for("p")  # the old name of OMS
    unknown, without = Problem(ProblemKind.TOKEN, "text", "IAM.9999"), Problem(ProblemKind.TOKEN, "text")
    assert unknown.advice_for("p") == without.advice_for("p")
    assert "omstui login p" in without.advice_for("p")


@pytest.mark.parametrize(
    ("kind", "code", "advice"),
    [
        (ProblemKind.TOKEN, "APIGW.0301", ""),
        (ProblemKind.TOKEN, None, ""),
        (ProblemKind.TOKEN, "IAM.0061", "The user is locked: wait, do not try again"),
        (ProblemKind.TOKEN, "IAM.0062", "Check user, account and password; give them again"),
        (
            ProblemKind.TOKEN,
            "IAM.1061",
            "Use a user without a virtual MFA device, or another way to sign in: omstui login p",
        ),
        (ProblemKind.TOKEN, "IAM.1105", "The access key has expired: make a new one"),
        (ProblemKind.TOKEN, "IAM.1107", "The access key is inactive: activate it, or give another one"),
        (ProblemKind.TOKEN, "IAM.1108", "The temporary keys have expired: give new ones"),
        (ProblemKind.NETWORK, None, "Check the network and the proxy; asking goes on by itself"),
    ],
)
def test_beside_the_field_for_a_credential_nothing_leads_there(
    kind: ProblemKind, code: str | None, advice: str
) -> None:
    assert Problem(kind, "text", code).advice_beside_field("p") == advice


@pytest.mark.parametrize(
    ("kind", "code", "is_renewable"),
    [
        (ProblemKind.TOKEN, "APIGW.0301", True),
        (ProblemKind.TOKEN, "apig.0307", True),
        (ProblemKind.TOKEN, "APIC.0301", True),
        (ProblemKind.TOKEN, "IAM.0066", True),
        (ProblemKind.TOKEN, "IAM.0067", True),
        (ProblemKind.TOKEN, "OMS.0068", True),
        (ProblemKind.TOKEN, "S3M.1005", True),
        (ProblemKind.TOKEN, "APIGW.0305", False),
        (ProblemKind.TOKEN, "IAM.0061", False),
        (ProblemKind.TOKEN, "IAM.0062", False),
        (ProblemKind.TOKEN, "OMS.0301", False),
        (ProblemKind.TOKEN, None, False),
        (ProblemKind.FORBIDDEN, "APIGW.0301", False),
    ],
)
def test_a_token_that_has_ended_is_told_from_other_refusals(
    kind: ProblemKind, code: str | None, is_renewable: bool
) -> None:
    assert Problem(kind, "text", code).is_renewable is is_renewable


@pytest.mark.parametrize("code", ["IAM.0062", "IAM.1061", "IAM.1105", "IAM.1107", "IAM.1108"])
def test_what_a_person_must_give_anew_names_the_command(code: str) -> None:
    assert "omstui login p" in Problem(ProblemKind.TOKEN, "text", code).advice_for("p")


def test_a_profile_that_is_not_there_is_named_with_the_command_that_makes_it() -> None:
    problem = no_profile("lab")
    assert problem.kind is ProblemKind.ENDPOINT
    assert problem.text == "config.toml has no profile 'lab': omstui login lab makes it"
    assert "\u202e" not in no_profile("a\u202eb").text


PROCESS = "this process has no free file descriptor: ulimit -n 1024, then start omstui again"
MACHINE = "this machine has no free file descriptor: end other programs, then start omstui again"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EMFILE, "x"), PROCESS),
        (OSError(errno.ENFILE, "x"), MACHINE),
        (OSError(errno.ENOENT, "x"), None),
        (ValueError("x"), None),
    ],
)
def test_what_is_for_want_of_a_file_descriptor_is_told_with_what_to_do(error: Exception, words: str | None) -> None:
    assert descriptors_words(error) == words
