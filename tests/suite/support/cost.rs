//! What a process costs: time, and the most memory that was seen.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a run came to.
pub struct Cost {
    /// How long it took.
    pub took: Duration,
    /// The most memory that was seen, in KiB: looked at every few milliseconds, as the process itself had it.
    pub peak: u64,
    /// Standard output. What is not UTF-8 is said so, with a character that no page has.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
}

/// Runs a command to its end, or ends it when it takes as long as this.
pub fn measure(mut command: Command, longest: Duration) -> Cost {
    let begun = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let reading = |mut pipe: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).expect("a pipe");
            String::from_utf8(bytes).unwrap_or_else(|error| format!("not UTF-8: {error}\u{0}"))
        })
    };
    let stdout = reading(Box::new(child.stdout.take().expect("a pipe")));
    let stderr = reading(Box::new(child.stderr.take().expect("a pipe")));
    let status = format!("/proc/{}/status", child.id());
    // Until it has become the program, a new process has the name and the memory of the thread that made it.
    let own = std::fs::read_to_string("/proc/thread-self/comm").unwrap_or_default();
    let own = format!("Name:\t{}\n", own.trim_end());
    let mut peak = 0;
    let code = loop {
        let text = std::fs::read_to_string(&status).ok().filter(|text| !text.starts_with(&own)).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let seen = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = seen.unwrap_or(0).max(peak);
        if let Some(ended) = child.try_wait().expect("a process") {
            break ended.code();
        }
        if begun.elapsed() > longest {
            child.kill().expect("a process");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let took = begun.elapsed();
    Cost { took, peak, stdout: stdout.join().expect("text"), stderr: stderr.join().expect("text"), code }
}
