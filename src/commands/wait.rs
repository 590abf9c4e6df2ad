//! `wait`: until new pods of a service account get their variables, for pipelines that would sleep otherwise.

use jiff::Timestamp;

use super::printer::{Printer, no_such_format};
use super::progress::Spinner;
use super::target;
use crate::cli::Cli;
use crate::cli::aws::AwsFlags;
use crate::cli::output::OutputFormat;
use crate::cli::wait::WaitArguments;
use crate::collect::Session;
use crate::collect::waiting::{Ending, Seen, until_injected};
use crate::error::{Error, ErrorKind};
use crate::exit::ExitCode;
use crate::render::Style;
use crate::render::json::v1;
use crate::render::page::{Page, Span};
use crate::render::style::Mark;
use crate::target::{Target, TargetKind};

/// What a run of it came to.
struct Outcome {
    target: Target,
    ending: Ending,
    seen: Seen,
    duration_ms: u64,
    requests: u32,
}

/// Waits, and says what was seen.
pub fn run(printer: &Printer, cli: &Cli, arguments: &WaitArguments) -> Result<ExitCode, Error> {
    let format = printer.format.unwrap_or(OutputFormat::Table);
    if !matches!(format, OutputFormat::Table | OutputFormat::Short | OutputFormat::Json | OutputFormat::Yaml) {
        return Err(no_such_format("wait"));
    }
    service_account(arguments, "")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::bug(format!("the runtime did not start — {error}")))?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = live(printer, cli, arguments) => outcome,
            _ = tokio::signal::ctrl_c() => {
                Err(Error { kind: ErrorKind::Interrupted, message: "interrupted".to_owned(), hint: None })
            }
        }
    });
    // A name that is still being resolved must not keep the process alive.
    runtime.shutdown_background();
    let outcome = outcome?;
    printer.report(&match format {
        OutputFormat::Json | OutputFormat::Yaml => printer.document(&outcome.document()),
        OutputFormat::Short => outcome.short(printer.style()),
        _ => outcome.page(arguments, printer.style()),
    })?;
    Ok(outcome.exit_code())
}

fn service_account(arguments: &WaitArguments, namespace: &str) -> Result<Target, Error> {
    let parsed = target::parse(std::slice::from_ref(&arguments.target), namespace)?;
    let wrong = || {
        Error::usage(format!("wait takes a service account, found {:?}", arguments.target))
            .hint("kubectl podid wait sa/NAME")
    };
    parsed.into_iter().find(|one| one.kind == TargetKind::ServiceAccount).ok_or_else(wrong)
}

async fn live(printer: &Printer, cli: &Cli, arguments: &WaitArguments) -> Result<Outcome, Error> {
    let spinner = Spinner::start(printer, format!("asking about {}", arguments.target));
    let aws = AwsFlags { no_aws: true, ..cli.aws.clone() };
    let session = Session::open(&cli.connection, &aws, arguments.timeout).await?;
    let target = service_account(arguments, &session.namespace)?;
    let (ending, seen) = until_injected(&session, &target.name, &target.namespace, |seen| {
        spinner.say(format!("waiting for {}: {}", arguments.target, counts(seen)));
    })
    .await;
    let (duration_ms, requests) = (session.elapsed_ms(), session.requests().kubernetes);
    Ok(Outcome { target, ending, seen, duration_ms, requests })
}

impl Outcome {
    fn exit_code(&self) -> ExitCode {
        match self.ending {
            Ending::Injected => ExitCode::HEALTHY,
            Ending::TimedOut => ExitCode::BROKEN,
            Ending::Unknown(_) => ExitCode::INCONCLUSIVE,
        }
    }

    /// The answer in one phrase.
    fn headline(&self) -> String {
        match &self.ending {
            Ending::Injected => "injected: new pods get the credential variables".to_owned(),
            Ending::TimedOut if self.seen.injected > 0 => {
                "not injected in time: only some new pods get the credential variables".to_owned()
            }
            Ending::TimedOut => "not injected in time: new pods get no credential variables".to_owned(),
            Ending::Unknown(why) => format!("it cannot be told whether new pods get the credential variables — {why}"),
        }
    }

    fn short(&self, style: &Style) -> String {
        let word = match self.ending {
            Ending::Injected => "ok",
            Ending::TimedOut => "waiting",
            Ending::Unknown(_) => "unknown",
        };
        format!("{word} {}/{} {}\n", self.target.namespace, self.target.name, style.words(&self.headline()))
    }

    fn page(&self, arguments: &WaitArguments, style: &Style) -> String {
        let mark = match self.ending {
            Ending::Injected => Mark::Good,
            Ending::TimedOut => Mark::Bad,
            Ending::Unknown(_) => Mark::Unknown,
        };
        let Target { namespace, name, .. } = &self.target;
        let mut page = Page::new(style);
        page.prose(0, 2, &[Span::strong(format!("{namespace}/{name}")), Span::faint("   service account")]);
        page.gap();
        page.prose(0, 2, &[Span::marked(mark, style.sign(mark)), Span::plain(format!(" {}", self.headline()))]);
        if self.seen.first_at.is_some() {
            page.prose(2, 8, &[Span::faint("saw   "), Span::plain(self.saw())]);
        }
        if self.ending == Ending::TimedOut {
            let seconds = arguments.timeout.as_secs_f64();
            page.prose(2, 8, &[Span::faint("after "), Span::plain(format!("{seconds} s, as --timeout says"))]);
        }
        if self.ending != Ending::Injected {
            let command = format!("kubectl podid doctor sa/{name} -n {namespace} --canary");
            page.prose(2, 8, &[Span::faint("next  "), Span::command(command), Span::plain(" says why")]);
        }
        page.finish()
    }

    /// What was seen, and since when.
    fn saw(&self) -> String {
        let seen = &self.seen;
        let since = seen.since.map(|since| format!(", without a gap since {}", clock(since))).unwrap_or_default();
        let first = seen.first_at.map(|first| format!("; the first was at {}", clock(first))).unwrap_or_default();
        format!("{}{since}{first}", counts(seen))
    }

    fn document(&self) -> v1::Wait {
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let (state, reason) = match &self.ending {
            Ending::Injected => ("met", None),
            Ending::TimedOut => ("notMet", None),
            Ending::Unknown(why) => ("unknown", Some(why.clone())),
        };
        v1::Wait {
            api_version: v1::API_VERSION.to_owned(),
            kind: "Wait".to_owned(),
            namespace: self.target.namespace.clone(),
            service_account: self.target.name.clone(),
            condition: "injected".to_owned(),
            state: state.to_owned(),
            exit_code: self.exit_code().0,
            reason,
            since: time(self.seen.since),
            dry_runs: v1::WaitDryRuns {
                injected: self.seen.injected,
                lacking: self.seen.lacking,
                unanswered: self.seen.unanswered,
                first_at: time(self.seen.first_at),
                last_at: time(self.seen.last_at),
            },
            duration_ms: self.duration_ms,
            requests: v1::Requests { kubernetes: self.requests, aws: 0 },
        }
    }
}

/// How many dry-runs had the variables.
fn counts(seen: &Seen) -> String {
    let silent = match seen.unanswered {
        0 => String::new(),
        number => format!(", {number} more without an answer"),
    };
    format!("{} of {} dry-runs with the variables{silent}", seen.injected, seen.answered())
}

fn clock(time: Timestamp) -> String {
    time.strftime("%H:%M:%S").to_string()
}
