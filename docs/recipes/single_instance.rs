//! Run at most once per lock file. Unix, Rust 1.89 or newer (`File::try_lock`), standard library only.
//!
//!     mod single_instance;
//!     let _lock = single_instance::acquire("/var/lib/bot/bot.lock")?; // keep it, or an error: already running
//!
//! Try it: rustc single_instance.rs && ./single_instance /tmp/demo.lock
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Error, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::process::{self, Command};

/// Takes the lock for as long as the file returned lives, and writes the pid into it.
pub fn acquire(path: &str) -> io::Result<File> {
    loop {
        // Creates the file and never empties it: truncate(true) would wipe the record of whoever runs.
        // Rust opens every file close-on-exec, so programs started from here do not inherit the lock.
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut record = [0; 32];
                let length = file.read_at(&mut record, 0)?;
                let text = String::from_utf8_lossy(&record[..length]).into_owned();
                let holder = text.lines().next().filter(|line| !line.is_empty()).unwrap_or("unknown");
                let message = format!("{path} is locked by pid {holder}; see also: lslocks, lsof {path}");
                return Err(Error::new(ErrorKind::WouldBlock, message));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        if !is_still_named(path, &file)? {
            continue; // another process deleted the file between open and lock: this lock would protect nothing
        }
        // Locked: only now write. First the new pid, then cut the rest: the first line is never empty.
        let record = format!("{}\n", process::id());
        file.write_all_at(record.as_bytes(), 0)?;
        file.set_len(record.len() as u64)?;
        return Ok(file);
    }
}

fn is_still_named(path: &str, file: &File) -> io::Result<bool> {
    let locked = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (locked.dev(), locked.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn main() -> io::Result<()> {
    let path = std::env::args().nth(1).expect("usage: single_instance LOCKFILE");
    // A name, not `_`: that would drop the file, and the lock with it, at once.
    let _lock = acquire(&path).unwrap_or_else(|error| {
        eprintln!("{error}");
        process::exit(if error.kind() == ErrorKind::WouldBlock { 75 } else { 1 }); // 75: EX_TEMPFAIL
    });
    let mut helper = Command::new("sleep").arg("600").spawn()?;
    println!("running as pid {}, helper {}", process::id(), helper.id());
    helper.wait()?;
    Ok(())
}
