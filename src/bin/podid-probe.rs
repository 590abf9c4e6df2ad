//! The probe: looks around in a container, prints one JSON object, and ends, at the latest when its time is over.

use std::process::ExitCode;

#[cfg(not(unix))]
fn main() -> ExitCode {
    ExitCode::from(70)
}

#[cfg(unix)]
#[expect(clippy::print_stdout, reason = "what it prints is what it is for")]
fn main() -> ExitCode {
    use std::io::{BufRead as _, Read as _};

    use podid::probe::{Arguments, run};

    // A message could quote what was being read.
    std::panic::set_hook(Box::new(|_| std::process::exit(70)));
    let arguments = Arguments::read(std::env::args().skip(1));
    let timeout = arguments.timeout;
    // Whoever asked may be gone: nothing stays behind that waits for ever.
    std::thread::spawn(move || {
        std::thread::sleep(timeout);
        std::process::exit(124);
    });
    if arguments.waits {
        std::io::stdin().lock().take(64).read_until(b'\n', &mut Vec::new()).ok();
    }
    match serde_json::to_string(&run(&arguments)) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(_) => ExitCode::from(70),
    }
}
