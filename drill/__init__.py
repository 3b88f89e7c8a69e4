"""Does it hold when things break? Real processes under load, faults on purpose, and a judge that may say no."""
