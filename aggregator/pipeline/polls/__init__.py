"""One poll: ask politely, take in what is new, plan the next one."""
