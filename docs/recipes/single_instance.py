"""Run at most once per lock file. Linux and macOS, Python 3.8 or newer, standard library only.

    import single_instance
    single_instance.acquire('/var/lib/bot/bot.lock')   # keep running, or AlreadyRunning

Try it: python3 single_instance.py /tmp/demo.lock
"""
import fcntl
import os
import subprocess
import sys


class AlreadyRunning(Exception):
    """Another process holds the lock; the message names it."""


def acquire(path):
    """Takes the lock for the life of this process and writes its pid into the file. Returns the descriptor."""
    while True:
        # Creates the file and never empties it: open(path, 'w') would wipe the record of whoever runs.
        # The descriptor is close-on-exec (PEP 446), so programs started from here do not inherit the lock.
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(fd, 32, 0).decode('ascii', 'replace').partition('\n')[0] or 'unknown'
            os.close(fd)
            raise AlreadyRunning(f'{path} is locked by pid {holder}; see also: lslocks, lsof {path}') from None
        if is_still_named(path, fd):
            break
        os.close(fd)  # another process deleted the file between open and flock: this lock would protect nothing

    # Locked: only now write. First the new pid, then cut the rest: the first line is never empty.
    record = f'{os.getpid()}\n'.encode()
    os.pwrite(fd, record, 0)
    os.ftruncate(fd, len(record))
    # A fork without exec (multiprocessing) does inherit the descriptor. Close it there; LOCK_UN would release
    # the lock for the parent as well.
    os.register_at_fork(after_in_child=lambda: os.close(fd))
    return fd


def is_still_named(path, fd):
    try:
        return os.path.samestat(os.stat(path), os.fstat(fd))
    except FileNotFoundError:
        return False


if __name__ == '__main__':
    try:
        acquire(sys.argv[1])
    except AlreadyRunning as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(75)  # EX_TEMPFAIL: a refused start is not a success
    helper = subprocess.Popen(['sleep', '600'])
    print(f'running as pid {os.getpid()}, helper {helper.pid}', flush=True)
    helper.wait()
