"""The guided first start, imported when nothing is configured yet: a screen with a page for each step."""
