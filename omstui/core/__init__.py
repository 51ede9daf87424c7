"""What is true: values and rules, standard library only, no I/O; whoever needs the time is given it."""
