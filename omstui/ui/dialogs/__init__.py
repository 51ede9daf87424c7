"""The dialogs: small screens over the main one, imported when they are first opened."""
