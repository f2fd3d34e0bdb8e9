// Run at most once per lock file. Linux and macOS, Go 1.19 or newer, standard library only.
//
//	lock, err := acquire("/var/lib/bot/bot.lock") // keep lock, or an errAlreadyRunning
//
// Try it: go build single_instance.go && ./single_instance /tmp/demo.lock
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

var errAlreadyRunning = errors.New("already running")

// Kept for the life of the process: the file is closed, and the lock with it, when nothing refers to it.
var held *os.File

// acquire takes the lock for the life of this process and writes its pid into the file.
func acquire(path string) error {
	for {
		// Creates the file and never empties it: O_TRUNC would wipe the record of whoever runs.
		// Go opens every file close-on-exec, so programs started from here do not inherit the lock.
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o644)
		if err != nil {
			return err
		}
		if err := flock(file); err != nil {
			record := make([]byte, 32)
			length, _ := file.ReadAt(record, 0)
			file.Close()
			if !errors.Is(err, syscall.EWOULDBLOCK) {
				return fmt.Errorf("flock %s: %w", path, err)
			}
			holder, _, _ := strings.Cut(string(record[:length]), "\n")
			if holder == "" {
				holder = "unknown"
			}
			return fmt.Errorf("%s is locked by pid %s; see also: lslocks, lsof %s (%w)", path, holder, path, errAlreadyRunning)
		}
		locked, err := file.Stat()
		if err != nil {
			return err
		}
		if named, err := os.Stat(path); err != nil || !os.SameFile(named, locked) {
			file.Close() // another process deleted the file between open and flock: this lock would protect nothing
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
			continue
		}
		// Locked: only now write. First the new pid, then cut the rest: the first line is never empty.
		record := fmt.Sprintf("%d\n", os.Getpid())
		if _, err := file.WriteAt([]byte(record), 0); err != nil {
			return err
		}
		held = file
		return file.Truncate(int64(len(record)))
	}
}

// flock tries again when a signal interrupts it, as Go's own runtime does by preempting.
func flock(file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EINTR {
			return err
		}
	}
}

func main() {
	if err := acquire(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		if errors.Is(err, errAlreadyRunning) {
			os.Exit(75) // EX_TEMPFAIL: a refused start is not a success
		}
		os.Exit(1)
	}
	helper := exec.Command("sleep", "600")
	if err := helper.Start(); err != nil {
		panic(err)
	}
	fmt.Printf("running as pid %d, helper %d\n", os.Getpid(), helper.Process.Pid)
	helper.Wait()
}
