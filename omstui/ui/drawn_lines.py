"""Lets go of what closed dialogs have drawn, which Textual keeps."""

from textual._styles_cache import StylesCache


def forget_closed() -> None:
    """Free the lines that widgets have drawn which are no more; those that are still there draw on as before.

    Textual 8.2 remembers two colours for each widget's cache of lines, with the cache itself as the key, and so keeps
    the lines of the last 1,024 widgets: half a megabyte for each dialog that is opened.
    """
    forget = getattr(StylesCache.get_inner_outer, "cache_clear", None)
    if forget is not None:  # else it does so no longer
        forget()
