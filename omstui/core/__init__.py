"""Values and rules of omstui: no I/O, and the time is an argument; needs only the standard library and msgspec.

The words that return in every file:

- sample: the result of one request for a task and a month, a task or a problem; it is good when it holds a task.
- board: all that is known about the watched tasks; a state is what is known about one of them.
- assessment: the condition of a task (syncing, failing, stale, ...) at one moment.
- current month: the one that the service counts now; a past month is final once two answers agree.
- rollover: the change from one month to the next, seen in the counters.
- span: a time in which the counters of a task did not change.
- seen: failures that the user has looked at; failures beyond them are new.
- held: an answer that waits for a second one to confirm it.
- foreign: an answer that the service did not write (a proxy, a portal).
- tame: to replace control characters in a text, so that a terminal can show it.
"""
