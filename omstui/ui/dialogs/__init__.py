"""The dialogs: small screens above the main one, imported when they are first opened."""
