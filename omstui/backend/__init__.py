"""Where facts come from: HTTP, keyring and files; asynchronous, without Textual."""
