//! The only door to standard output and standard error.
//!
//! stdout is the report, stderr is everything else; in machine formats nothing but the document goes to stdout. A broken
//! pipe is success: whoever reads has seen enough.

use std::io::{self, ErrorKind, IsTerminal, Write};

use crate::cli::output::{ColorChoice, OutputFlags, OutputFormat, PLAIN};
use crate::error::{Error, ExitCode};
use crate::render::{self, Format, Style};

/// How wide a report is where nothing says how wide the terminal is.
const DEFAULT_WIDTH: usize = 100;
/// A report is never laid out for less.
const LEAST_WIDTH: usize = 40;

/// The door.
pub struct Printer {
    /// The format, if one was chosen.
    pub format: Option<OutputFormat>,
    /// How much is said: 0, 1 with `-v`, 2 with `-vv`.
    pub verbose: u8,
    /// No progress and no notes.
    pub quiet: bool,
    style: Style,
    /// Whether standard output is for something else than the report.
    is_aside: bool,
}

impl Printer {
    /// Decides about colour, marks and width, from flags, environment and terminal.
    pub fn new(flags: &OutputFlags) -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let terminal = io::stdout().is_terminal();
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let columns = variable("COLUMNS").and_then(|columns| columns.parse().ok());
        let style = Style {
            color: colored(flags.color, terminal, &variable),
            unicode: !flags.ascii && is_unicode(&variable),
            width: if terminal { width } else { columns }.unwrap_or(DEFAULT_WIDTH).max(LEAST_WIDTH),
        };
        Self { format: flags.output, verbose: flags.verbose, quiet: flags.quiet, style, is_aside: false }
    }

    /// The same door with the report on standard error: standard output is for what was asked for there.
    pub fn aside(&self) -> Self {
        Self { is_aside: true, style: Style { color: false, ..self.style }, ..*self }
    }

    /// How a person is spoken to.
    pub fn style(&self) -> &Style {
        &self.style
    }

    /// Whether a document of fields and lists was asked for.
    pub fn wants_data(&self) -> bool {
        self.format.is_some_and(OutputFormat::is_data)
    }

    /// The format of a verb that has those that every verb has, and no others.
    pub fn plain_format(&self, verb: &str) -> Result<Format, Error> {
        match self.format {
            None => Ok(Format::default()),
            Some(OutputFormat::Report(format)) if PLAIN.contains(&format) => Ok(format),
            Some(_) => Err(no_such_format(verb)),
        }
    }

    /// How wide a table may be: as wide as the terminal, and of any width where nobody looks at it in one.
    pub fn table_columns(&self) -> usize {
        let is_wide = !io::stdout().is_terminal() && std::env::var_os("COLUMNS").is_none();
        if is_wide { usize::MAX } else { self.style.columns() }
    }

    /// Whether progress may be shown on standard error.
    pub fn shows_progress(&self) -> bool {
        !self.quiet && self.verbose < 2 && io::stderr().is_terminal()
    }

    /// Writes the report.
    pub fn report(&self, text: &str) -> Result<(), Error> {
        if self.is_aside {
            self.to_stderr(text);
            return Ok(());
        }
        self.output(text)
    }

    /// Writes to standard output.
    pub fn output(&self, text: &str) -> Result<(), Error> {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        match written {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Error::usage(format!("the report could not be written to standard output — {error}")))
            }
            _ => {
                if is_closed() {
                    self.note()("the report went nowhere: standard output is closed, or is /dev/null");
                }
                Ok(())
            }
        }
    }

    /// Words a document in the format that was chosen; JSON where it is none for machines.
    pub fn document(&self, document: &impl serde::Serialize) -> String {
        match self.format {
            Some(OutputFormat::Report(Format::Yaml)) => render::yaml::text(document),
            _ => render::json::text(document),
        }
    }

    /// Writes an error, in machine formats also as a document, and gives its exit code.
    pub fn error(&self, error: &Error) -> ExitCode {
        let code = error.exit_code();
        let format = self.format.and_then(OutputFormat::of_report).unwrap_or_default();
        if let Some(document) = render::error_document(error, format) {
            // Standard error says the same below, so a document that cannot be written loses nothing.
            self.report(&document).ok();
        }
        self.explain_error(error);
        code
    }

    /// Says an error on standard error only: the document, if there is one, has been written.
    pub fn explain_error(&self, error: &Error) {
        let style = Style { color: self.style.color && io::stderr().is_terminal(), ..self.style };
        self.to_stderr(&render::error_text(error, &style));
    }

    /// A way to say one line on standard error, which `-q` keeps silent; it may outlive this borrow.
    pub fn note(&self) -> impl Fn(&str) + Send + Sync + use<> {
        let (quiet, warning) = (self.quiet, self.warning());
        move |words| {
            if !quiet {
                warning(words);
            }
        }
    }

    /// A way to say one line on standard error that nothing silences: what will be left behind, or was.
    #[expect(clippy::unused_self, reason = "one door: what may be written is decided here")]
    pub fn warning(&self) -> impl Fn(&str) + Send + Sync + use<> {
        // Nobody is left to tell if standard error is gone.
        |words| drop(writeln!(io::stderr(), "{}", render::escape::escape(words)))
    }

    #[expect(clippy::unused_self, reason = "one door: what may be written is decided here")]
    fn to_stderr(&self, text: &str) {
        // Nobody is left to tell if standard error is gone.
        write!(io::stderr(), "{text}").ok();
    }
}

/// The error of a format that a verb has no use for.
pub fn no_such_format(verb: &str) -> Error {
    Error::usage(format!("{verb} has no such output format"))
        .hint(format!("kubectl podid {verb} --help lists what it has"))
}

fn colored(choice: ColorChoice, terminal: bool, variable: &dyn Fn(&str) -> Option<String>) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if variable("NO_COLOR").is_some() => false,
        ColorChoice::Auto if variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        ColorChoice::Auto => {
            terminal && variable("TERM").as_deref() != Some("dumb") && variable("CLICOLOR").as_deref() != Some("0")
        }
    }
}

/// Whether the locale can be expected to show marks; where nothing is said, it is.
fn is_unicode(variable: &dyn Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Whether standard output was closed when the process began: Rust then opens `/dev/null` in its place, to read and to write,
/// and a shell's `>/dev/null` only to write.
#[cfg(unix)]
fn is_closed() -> bool {
    use std::os::{fd::AsFd, unix::fs::MetadataExt};
    let Ok(stdout) = io::stdout().as_fd().try_clone_to_owned() else { return true };
    let is_for_both = rustix::fs::fcntl_getfl(&stdout).is_ok_and(|flags| flags.contains(rustix::fs::OFlags::RDWR));
    let device = |metadata: io::Result<std::fs::Metadata>| metadata.map(|one| one.rdev()).ok();
    is_for_both && device(std::fs::File::from(stdout).metadata()) == device(std::fs::metadata("/dev/null"))
}

#[cfg(not(unix))]
fn is_closed() -> bool {
    false
}
