import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Runs at most once per lock file. Linux, Java 17 or newer, no library.
 *
 * <p>Java locks with fcntl(2). Such a lock belongs to the process, and closing any descriptor of the file in this process
 * releases it: after {@link #acquire} nothing here may open the lock file again, not even to read it.
 *
 * <p>Try it: java SingleInstance.java /tmp/demo.lock
 */
public final class SingleInstance {
    /** Kept for the life of the process: the channel is closed, and the lock with it, when nothing refers to it. */
    private static FileChannel held;

    static final class AlreadyRunning extends IOException {
        AlreadyRunning(String message) {
            super(message);
        }
    }

    /** Takes the lock for the life of this process and writes its pid into the file. */
    static synchronized void acquire(Path path) throws IOException {
        for (;;) {
            // Creates the file and never empties it: TRUNCATE_EXISTING would wipe the record of whoever runs.
            FileChannel channel = FileChannel.open(path, CREATE, READ, WRITE);
            if (channel.tryLock() == null) {
                ByteBuffer record = ByteBuffer.allocate(32);
                channel.read(record, 0);
                channel.close();
                String text = new String(record.array(), 0, record.position(), StandardCharsets.US_ASCII);
                String holder = text.lines().findFirst().filter(line -> !line.isEmpty()).orElse("unknown");
                throw new AlreadyRunning(path + " is locked by pid " + holder + "; see also: lslocks, lsof " + path);
            }
            if (isStillNamed(path)) {
                // Locked: only now write. First the new pid, then cut the rest: the first line is never empty.
                byte[] record = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
                channel.write(ByteBuffer.wrap(record), 0);
                channel.truncate(record.length);
                held = channel;
                return;
            }
            channel.close(); // another process deleted the file in between: this lock would protect nothing
        }
    }

    /** Is a descriptor of this process still on the file that the path names? A deleted one reads "… (deleted)". */
    private static boolean isStillNamed(Path path) throws IOException {
        Path real;
        try {
            real = path.toRealPath();
        } catch (NoSuchFileException error) {
            return false;
        }
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.anyMatch(link -> real.equals(target(link)));
        }
    }

    private static Path target(Path link) {
        try {
            return Files.readSymbolicLink(link);
        } catch (IOException closedMeanwhile) {
            return null;
        }
    }

    public static void main(String[] args) throws Exception {
        try {
            acquire(Path.of(args[0]));
        } catch (AlreadyRunning refusal) {
            System.err.println(refusal.getMessage());
            System.exit(75); // EX_TEMPFAIL: a refused start is not a success
        }
        Process helper = new ProcessBuilder("sleep", "600").start();
        System.out.println("running as pid " + ProcessHandle.current().pid() + ", helper " + helper.pid());
        helper.waitFor();
    }
}
