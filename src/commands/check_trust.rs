//! `check-trust`: a trust policy judged offline, with the lines that decide.

use std::io::ErrorKind;
use std::path::Path;

use super::printer::Printer;
use crate::cli::Cli;
use crate::cli::informative::CheckTrustArguments;
use crate::collect::access::bounded;
use crate::error::{Error, ExitCode};
use crate::evidence::aws::role::Arn;
use crate::render::Format;
use crate::render::human::trust_check;
use crate::render::json::v1;
use crate::trust_check::{self as trust, Asked, NoPolicy};

/// A file larger than this holds no role: IAM allows a trust policy 4096 characters, a role 50 tags. In bytes.
const LIMIT: u64 = 128 * 1024;

/// Judges the policy of a file.
pub fn run(printer: &Printer, cli: &Cli, arguments: &CheckTrustArguments) -> Result<ExitCode, Error> {
    let format = printer.plain_format("check-trust")?;
    let asked = asked(cli, arguments)?;
    let name = match arguments.filename.to_string_lossy() {
        name if name == "-" => "standard input".to_owned(),
        name => name.into_owned(),
    };
    let text = read(&arguments.filename, &name)?;
    let file = trust::read(&name, &text).map_err(|no_policy| unreadable(&name, &no_policy))?;
    let report =
        trust::judge(&file, asked, given(arguments.role_name.as_ref()).as_deref(), arguments.fix_format.into());
    printer.report(&match format {
        Format::Json | Format::Yaml => printer.document(&v1::TrustCheck::new(&report, env!("CARGO_PKG_VERSION"))),
        Format::Short => trust_check::line(&report, printer.style()),
        _ => trust_check::draw(&report, printer.style()),
    })?;
    Ok(report.decision.exit_code())
}

/// What the flags say; an empty value is no value.
fn asked(cli: &Cli, arguments: &CheckTrustArguments) -> Result<Asked, Error> {
    let asked = Asked {
        namespace: given(cli.connection.namespace.as_ref()),
        service_account: given(arguments.service_account.as_ref()),
        pod_name: given(arguments.pod.as_ref()),
        pod_uid: given(arguments.pod_uid.as_ref()),
        cluster: given(cli.aws.eks_cluster.as_ref()),
        region: given(cli.aws.region.as_ref()),
        account: given(arguments.account.as_ref()),
        session_tags_disabled: arguments.disable_session_tags,
        source_role_arn: given(arguments.source_role.as_ref()),
        external_id: given(arguments.external_id.as_ref()),
    };
    let is_cluster =
        |text: &str| Arn::parse(text).is_some_and(|arn| arn.service == "eks" && arn.resource.starts_with("cluster/"));
    let is_role = |text: &str| Arn::parse(text).is_some_and(|arn| arn.service == "iam" && arn.role_name().is_some());
    let is_account = |text: &str| text.len() == 12 && text.chars().all(|digit| digit.is_ascii_digit());
    let wrong = |flag: &str, found: &str, expected: &str| {
        Err(Error::usage(format!("invalid {flag} {found:?}: expected {expected}")))
    };
    match &asked {
        Asked { cluster: Some(name), .. } if name.contains(':') && !is_cluster(name) => {
            wrong("--eks-cluster", name, "a name or arn:aws:eks:REGION:ACCOUNT:cluster/NAME")
        }
        Asked { source_role_arn: Some(arn), .. } if !is_role(arn) => {
            wrong("--source-role", arn, "arn:aws:iam::ACCOUNT:role/NAME")
        }
        Asked { account: Some(id), .. } if !is_account(id) => wrong("--account", id, "twelve digits"),
        _ => Ok(asked),
    }
}

fn given(value: Option<&String>) -> Option<String> {
    value.filter(|value| !value.is_empty()).cloned()
}

fn read(path: &Path, name: &str) -> Result<String, Error> {
    let failed = |why: String| Error::usage(format!("{name} could not be read — {why}"));
    let bytes = bounded::read_or_standard_input(path, LIMIT).map_err(|error| match error.kind() {
        ErrorKind::FileTooLarge => failed(format!("{error}, and IAM allows a trust policy 4 KiB")),
        _ => failed(error.to_string()),
    })?;
    text(&bytes).ok_or_else(|| failed("it is not UTF-8 text".to_owned()))
}

/// UTF-8, or UTF-16 with its mark, which Windows PowerShell writes for `>`.
fn text(bytes: &[u8]) -> Option<String> {
    let units =
        |from: fn([u8; 2]) -> u16| bytes[2..].chunks_exact(2).map(move |pair| from([pair[0], pair[1]])).collect();
    let units: Vec<u16> = match bytes {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ => return String::from_utf8(bytes.to_vec()).ok(),
    };
    String::from_utf16(&units).ok()
}

fn unreadable(name: &str, no_policy: &NoPolicy) -> Error {
    let error = Error::usage(format!("{name} holds no trust policy — {}", no_policy.what));
    match no_policy.hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
