#!/usr/bin/env bash
# A script that runs at most once per lock file. Linux, flock(1).
# Try it: ./single-instance.sh /tmp/demo.lock
set -eu
lock=${1:?usage: single-instance.sh LOCKFILE}

while :; do
  # <> creates the file and never empties it: > would wipe the record of whoever runs, before the lock decides.
  exec 9<>"$lock"
  if ! flock -n 9; then
    IFS= read -r holder <&9 || holder=${holder:-unknown}
    echo "$lock is locked by pid $holder; see also: lslocks, lsof $lock" >&2
    exit 75 # EX_TEMPFAIL: a refused start is not a success
  fi
  # Does the path still name the file that was locked? If not, this lock would protect nothing: again.
  [[ $lock -ef /proc/$$/fd/9 ]] && break
done
printf '%s\n' "$$" >"/proc/$$/fd/9" # locked: only now write, into the very file that is locked

# Every child gets 9>&-. Without it the child shares the lock and keeps it after this script is gone.
sleep 600 9>&- &
echo "running as pid $$, helper $!"
wait
