#!/usr/bin/env bash
# All tests on two cores: the files from a to d and those from e to z, each half in a process of its own.
set -uo pipefail
cd "$(dirname "$0")/.."
later=.make/unit-later.log
.venv/bin/pytest tests/test_[e-z]*.py >$later 2>&1 &
half=$!
.venv/bin/pytest tests/test_[a-d]*.py
first=$?
wait $half
second=$?
cat $later
exit $((first > second ? first : second))
