"""What the user wants to be told."""

from omstui.core.alert_settings import AlertSettings


def test_by_default_alerts_are_heard_and_no_program_is_run() -> None:
    assert AlertSettings() == AlertSettings(quiet=False, on_alert=(), burst=100)
