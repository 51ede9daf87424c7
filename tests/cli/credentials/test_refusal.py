"""What a refusal means, in words and with the next command."""

import pytest
from msgspec.structs import replace

from omstui.cli.context.context import RETRY, USAGE, UsageError
from omstui.cli.credentials.refusal import project_error, remark_on, sign_in_error
from omstui.core.error_codes import classify
from omstui.core.problem import Problem
from omstui.core.problem_kind import ProblemKind
from omstui.core.profile import Profile

LAB = Profile("lab", "https://oms.cn-north-4.myhuaweicloud.com", "p1", region="cn-north-4")


def answer(status: int, code: str | None, text: str) -> Problem:
    return Problem(classify(status, code), text, code, status, "abc")


@pytest.mark.parametrize(
    ("auth", "problem", "words"),
    [
        (
            "token",
            answer(401, "APIGW.0301", "decrypt token fail"),
            "it is damaged, or was issued in another region than ",
        ),
        (
            "token",
            answer(401, "APIGW.0307", "update"),
            "it has to be renewed, or was issued in another region than that ",
        ),
        (
            "token",
            answer(401, "APIG.0307", "update"),
            "or was issued in another region than that of cn-north-4. It says",
        ),
        ("token", answer(401, "IAM.0066", "no"), "it has expired. It says: no (IAM.0066, request abc). Get a new one"),
        ("token", answer(401, "APIGW.0301", "odd"), "nothing is stored: odd (APIGW.0301, request abc). Get a new one"),
        (
            "token",
            answer(401, None, "odd"),
            "refused the token, and nothing is stored: odd (request abc). Get a new one",
        ),
        (
            "password",
            answer(401, "APIGW.0307", "no"),
            "IAM took the password, but the service refused the token that it",
        ),
        ("password", answer(401, "APIGW.0307", "no"), "Check region and project, then: omstui login lab"),
        ("command", answer(401, "APIGW.0301", "token expires"), "refused the token that the command printed, and noth"),
        (
            "aksk",
            answer(401, "APIGW.0301", "AK access failed to reach the limit,forbidden"),
            "locked after failed sign",
        ),
        ("aksk", answer(401, "APIGW.0301", "ak *** not exist"), "no such access key is known at cn-north-4: check the"),
        (
            "aksk",
            answer(401, "APIGW.0301", "verify aksk signature fail"),
            "the secret key does not belong to the access",
        ),
        ("aksk", answer(400, "IAM.1108", "no"), "the temporary keys have expired. It says"),
        ("aksk", answer(400, "IAM.1105", "no"), "the access key has expired. It says"),
        ("aksk", answer(400, "IAM.1107", "no"), "the access key is not active. It says"),
        (
            "aksk",
            replace(
                answer(401, "APIGW.0301", "This machine's clock is 20 minutes behind: verify aksk signature fail"),
                clock_ahead=-1200.0,
            ),
            "nothing is stored: This machine's clock is 20 minutes behind: verify",
        ),
        (
            "token",
            answer(404, "APIGW.0101", "no"),
            "this is not an OMS endpoint, and nothing is stored: no (APIGW.0101,",
        ),
        (
            "token",
            answer(503, None, "no"),
            "the profile could not be checked, and nothing is stored: no (request abc). L",
        ),
    ],
)
def test_a_credential_that_does_not_work_is_explained_and_not_kept(auth: str, problem: Problem, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        remark_on(problem, replace(LAB, auth=auth))
    assert words in str(raised.value)
    assert "omstui login lab" in str(raised.value)
    assert raised.value.code == RETRY


@pytest.mark.parametrize(
    ("auth", "problem", "words", "code"),
    [
        (
            "token",
            answer(403, "APIGW.0302", "no"),
            "but may not look at tasks: no (APIGW.0302, request abc). Ask the ad",
            3,
        ),
        ("token", answer(403, "APIGW.0302", "no"), "oms:synctask:get in project p1, or name the right one: omstui", 3),
        (
            "token",
            answer(400, "OMS.0202", "no"),
            "(OMS.0202, request abc). The account is frozen: ask the provider's",
            3,
        ),
        ("aksk", answer(403, "APIGW.0310", "no"), "the project is frozen, or another one is meant. It says: no", 3),
        (
            "aksk",
            answer(403, "APIGW.0310", "no"),
            "Check the project: omstui login lab --project-id ID; it is p1 now",
            3,
        ),
        (
            "password",
            answer(403, "APIGW.0802", "no"),
            "The password is accepted, but may not look at tasks: its user m",
            3,
        ),
        (
            "command",
            answer(403, "APIGW.0401", "no"),
            "The command's token is accepted, but may not look at tasks: the a",
            3,
        ),
        ("token", answer(404, "OMS.1009", "no"), "", 0),
        ("token", answer(400, "OMS.0064", "no"), "The token is accepted; the service found fault with the request", 0),
    ],
)
def test_a_credential_that_is_let_in_is_kept(auth: str, problem: Problem, words: str, code: int) -> None:
    remark, exit_code = remark_on(problem, replace(LAB, auth=auth))
    assert words in remark
    assert exit_code == code


@pytest.mark.parametrize(
    ("auth", "problem", "words"),
    [
        (
            "password",
            Problem(ProblemKind.TOKEN, "The user u is locked: wait", "IAM.0061", 401),
            "not sent again by itself, since a few wrong ones lock the user. Once that is over: omstui login lab",
        ),
        (
            "password",
            Problem(ProblemKind.TOKEN, "refused", None, 401),
            "refused; nothing is changed. The password was sent once, and is not sent again by itself",
        ),
        (
            "password",
            Problem(ProblemKind.TOKEN, "refused", None, 401),
            "Check user, account and password: omstui login",
        ),
        ("password", Problem(ProblemKind.TOKEN, "refused", "IAM.0062", 401), "give them again: omstui login lab"),
        (
            "aksk",
            Problem(ProblemKind.TOKEN, "no keys"),
            "no keys; nothing is changed. Check it, then: omstui login lab",
        ),
        (
            "password",
            Problem(ProblemKind.TOKEN, "refused", "IAM.0081", 403),
            "Enable programmatic access for this user: omstui login lab",
        ),
        (
            "command",
            Problem(ProblemKind.TOKEN, "The token command x is not there"),
            'nothing is changed. Check it, or give another: omstui login lab --token-command "..."',
        ),
        (
            "password",
            Problem(ProblemKind.NETWORK, "iam.example could not be looked up"),
            "signing in did not work, and nothing is changed: iam.example could not be looked up. Later again: omst",
        ),
    ],
)
def test_no_credential_at_all_is_explained(auth: str, problem: Problem, words: str) -> None:
    stop = sign_in_error(problem, replace(LAB, auth=auth))
    assert words in str(stop)
    assert " T, " not in str(stop)
    assert stop.code == RETRY


@pytest.mark.parametrize(
    ("found", "words", "code"),
    [
        (
            [],
            "there is no project named dr that this credential may see. Check the name, or: omstui login lab --",
            USAGE,
        ),
        (["a", "b"], "2 projects are named dr: a, b. Say which: omstui login lab --project-id ID", USAGE),
        (
            Problem(ProblemKind.SERVER, "busy"),
            "the project dr could not be looked up, and nothing is changed: bu",
            RETRY,
        ),
    ],
)
def test_a_name_that_leads_to_no_project_is_explained(found: list[str] | Problem, words: str, code: int) -> None:
    stop = project_error(found, replace(LAB, project_id="", project_name="dr"))
    assert words in str(stop)
    assert stop.code == code
