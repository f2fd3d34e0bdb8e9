#!/usr/bin/env bash
# run-once.sh LOCKFILE COMMAND [ARGUMENT...]
# Becomes COMMAND, holding the lock, or exits 75 and names the process that holds it. Linux, flock(1).
set -eu
lock=${1:?usage: run-once.sh LOCKFILE COMMAND [ARGUMENT...]}
shift

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

# Locked: only now write, into the very file that is locked.
printf '%s\n' "$$" >"/proc/$$/fd/9"
# exec keeps the pid and the descriptor: the process that does the work is the one that holds the lock.
exec "$@"
