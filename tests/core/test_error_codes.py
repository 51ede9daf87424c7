import pytest

from omstui.core.error_codes import classify, is_own_code
from omstui.core.problem_kind import ProblemKind


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        # OMS: the code goes before the status, since the table of 2020 has 400 on every row.
        (400, "OMS.0064", ProblemKind.REFUSED),
        (400, "OMS.0068", ProblemKind.TOKEN),
        (400, "OMS.1005", ProblemKind.TOKEN),
        (400, "OMS.0072", ProblemKind.FORBIDDEN),
        (403, "OMS.0206", ProblemKind.FORBIDDEN),
        (400, "OMS.1001", ProblemKind.SERVER),
        (503, "OMS.2004", ProblemKind.SERVER),
        (400, "OMS.0202", ProblemKind.FORBIDDEN),
        (404, "OMS.1009", ProblemKind.GONE),
        (400, "OMS.1009", ProblemKind.GONE),
        (200, "OMS.1009", ProblemKind.GONE),
        (400, "oms.1009", ProblemKind.GONE),
        (400, "S3M.1009", ProblemKind.GONE),
        (400, "OMS.01009", ProblemKind.REFUSED),  # another product's
        (400, "OMS.1009.2", ProblemKind.REFUSED),  # nor that: the number is all after the first dot
        (404, "OMS.9999", ProblemKind.GONE),
        (400, "OMS.9999", ProblemKind.REFUSED),
        # The gateway: the number counts, under any of its prefixes.
        (401, "APIGW.0301", ProblemKind.TOKEN),
        (401, "APIG.0301", ProblemKind.TOKEN),
        (401, "APIC.0307", ProblemKind.TOKEN),
        (404, "APIGW.0101", ProblemKind.ENDPOINT),
        (404, "APIGW.0103", ProblemKind.SERVER),
        (404, "APIGW.9999", ProblemKind.ENDPOINT),
        (400, "APIGW.0607", ProblemKind.ENDPOINT),
        (403, "APIGW.0302", ProblemKind.FORBIDDEN),
        (429, "APIGW.0308", ProblemKind.THROTTLED),
        (400, "APIGW.0201", ProblemKind.REFUSED),
        (502, "APIGW.0201", ProblemKind.SERVER),
        (504, "APIGW.0201", ProblemKind.SERVER),
        (503, "APIGW.0613", ProblemKind.SERVER),
        # IAM.
        (401, "IAM.0062", ProblemKind.TOKEN),
        (403, "IAM.0003", ProblemKind.FORBIDDEN),
        (429, "IAM.0012", ProblemKind.THROTTLED),
        (410, "IAM.0020", ProblemKind.SERVER),
        (400, "IAM.1108", ProblemKind.TOKEN),
        # The status alone.
        (401, None, ProblemKind.TOKEN),
        (403, None, ProblemKind.FORBIDDEN),
        (404, None, ProblemKind.GONE),
        (407, None, ProblemKind.NETWORK),
        (408, None, ProblemKind.SERVER),
        (429, None, ProblemKind.THROTTLED),
        (418, None, ProblemKind.REFUSED),
        (500, None, ProblemKind.SERVER),
        (503, "whatever", ProblemKind.SERVER),
        (511, None, ProblemKind.NETWORK),
        (300, None, ProblemKind.ENDPOINT),
        (302, None, ProblemKind.ENDPOINT),
        (304, None, ProblemKind.ENDPOINT),
        (101, None, ProblemKind.BAD_ANSWER),
        (204, None, ProblemKind.BAD_ANSWER),
        (600, None, ProblemKind.BAD_ANSWER),
        (999, None, ProblemKind.BAD_ANSWER),
        (404, "", ProblemKind.GONE),
        (404, ".", ProblemKind.GONE),
    ],
)
def test_errors_are_told_apart_by_code_and_then_by_status(status: int, code: str | None, kind: ProblemKind) -> None:
    assert classify(status, code) is kind


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((code, ProblemKind.SERVER) for code in ("OMS.0001", "OMS.0053", "OMS.1009", "OMS.1001", "OMS.9999")),
        *((code, ProblemKind.SERVER) for code in ("APIGW.0101", "APIGW.0201", "APIGW.0302", "IAM.0003", "X.1")),
        # These must stop or wait, whatever the status.
        *((code, ProblemKind.TOKEN) for code in ("IAM.0061", "IAM.0062", "APIGW.0301", "OMS.0068")),
        *((code, ProblemKind.THROTTLED) for code in ("APIGW.0308", "IAM.0012")),
    ],
)
def test_5xx_goes_before_a_code_unless_that_asks_to_stop_or_to_wait(status: int, code: str, kind: ProblemKind) -> None:
    assert classify(status, code) is kind


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((code, ProblemKind.THROTTLED) for code in ("OMS.0001", "OMS.1009", "OMS.0053", "OMS.2004", "APIGW.0302")),
        *((code, ProblemKind.TOKEN) for code in ("IAM.0061", "APIGW.0301", "OMS.0068")),
    ],
)
def test_429_is_throttling_whatever_a_code_says_unless_the_credential_is_refused(code: str, kind: ProblemKind) -> None:
    assert classify(429, code) is kind


@pytest.mark.parametrize(
    ("code", "is_own"),
    [
        ("OMS.1009", True),
        ("OMS.9999", True),
        ("S3M.0054", True),
        ("apigw.0302", True),
        ("APIG.0101", True),
        ("APIC.9999", True),
        ("APIGEE.0302", False),  # another gateway's
        ("IAM.0003", False),
        ("IAM.0004", False),
        ("OMS.01009", False),  # another product's
        ("OMS", False),
        ("NOT_FOUND", False),
        ("NoSuchKey", False),
        ("404", False),
        ("", False),
        (None, False),
    ],
)
def test_an_answer_is_the_services_by_a_code_of_its_own_or_its_gateways(code: str | None, is_own: bool) -> None:
    assert is_own_code(code) is is_own


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ProblemKind.ENDPOINT),
        (403, ProblemKind.ENDPOINT),
        (404, ProblemKind.ENDPOINT),
        (401, ProblemKind.TOKEN),  # for caution: it may be a refusal all the same
        (407, ProblemKind.NETWORK),
        (429, ProblemKind.THROTTLED),
        (503, ProblemKind.SERVER),
        (204, ProblemKind.BAD_ANSWER),
    ],
)
def test_in_a_foreign_form_a_status_tells_nothing_of_a_task_or_a_right(status: int, kind: ProblemKind) -> None:
    assert classify(status, None, is_own=False) is kind


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "IAM.0003", ProblemKind.ENDPOINT),
        (403, "IAM.0083", ProblemKind.ENDPOINT),
        (401, "IAM.0067", ProblemKind.TOKEN),
        (400, "IAM.1108", ProblemKind.TOKEN),
        (429, "IAM.0012", ProblemKind.THROTTLED),
        (410, "IAM.0020", ProblemKind.SERVER),
    ],
)
def test_from_iam_a_refusal_and_patience_count_where_oms_is_asked_but_no_right_does(
    status: int, code: str, kind: ProblemKind
) -> None:
    assert classify(status, code, is_own=False) is kind
