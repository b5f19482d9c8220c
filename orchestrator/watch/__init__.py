"""Watching the house: what it logs, counts and traces, whether it is well, and what to do where it is not.

    events    every line of the log, declared once           logs      how lines are written
    metrics   every number for Prometheus, declared once     tally     counted in each process, summed up in Redis
    observed  records that tell what passes through them     traces    spans from moment to receipt (optional)
    canary    tasks that prove that workers work             status    all of it at a glance
    alarms    what is wrong, in words, with what to do

Nothing here decides or sends, and nothing that is told names an address, a text or a person's name.
"""
