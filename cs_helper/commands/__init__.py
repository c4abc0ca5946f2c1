"""One module a verb: `run(…)` does the work and returns the exit code."""
