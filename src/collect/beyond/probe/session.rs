//! A shell in a container: the script that is sent, and what comes back.
//!
//! A shell's own words and three programs are enough. A shell runs its traps only between commands, so what may take
//! long is waited for; whatever happens, the script ends by itself when its time is over. The conversation is:
//! `begin` from here; `ready FOLDER MACHINE` or `cannot WHY` from there; the number of bytes and the bytes from here;
//! the report from there.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::Api;
use kube::api::{AttachParams, AttachedProcess};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};

use super::image;
use super::waiting::{Obstacle, lacks_the_program};
use crate::collect::access::clients::KubernetesClient;
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::{GapReason, ProbeReport};

/// What stands before each word of the shell's, so that nothing else is taken for it.
pub(super) const MARK: &str = "podid-probe: ";
/// The word that begins.
pub(super) const BEGIN: &str = "begin\n";

/// The script. `name` is that of the file, `arguments` are the program's own.
pub(super) fn text(name: &str, arguments: &[String], limit: Duration) -> String {
    let arguments = arguments.join(" ");
    let limit = limit.as_secs();
    format!(
        r#"umask 077; m='{MARK}'; file= guard= job=; exec 3<&0
trap '[ -z "$file" ] || rm -f "$file"; kill $guard $job 2>/dev/null; wait' EXIT; trap 'exit 1' HUP INT PIPE TERM
if command -v sleep >/dev/null; then
  (trap 'kill $nap; wait; exit' TERM; sleep {limit} & nap=$!; wait $nap; kill $$) </dev/null >/dev/null 2>&1 & guard=$!
fi
read -r word || exit 1
for tool in head chmod rm; do command -v $tool >/dev/null || {{ echo "${{m}}cannot tool $tool"; exit 1; }}; done
for folder in "$TMPDIR" /tmp /var/tmp /run "$PWD" "$HOME"; do
  [ -n "$folder" ] && [ -d "$folder" ] && [ -w "$folder" ] || continue
  file=${{folder%/}}/{name}
  if (printf '#!/bin/sh\nexit 0\n' >"$file" && chmod 700 "$file") 2>/dev/null; then
    "$file" 2>/dev/null; [ $? = 126 ] || break
  fi
  rm -f "$file"; file=
done
[ -n "$file" ] || {{ echo "${{m}}cannot place"; exit 1; }}
echo "${{m}}ready $folder $(uname -m 2>/dev/null)"
read -r size || exit 1
head -c "$size" <&3 >"$file" & job=$!
wait $job || {{ echo "${{m}}cannot room"; exit 1; }}
job=; "$file" {arguments} </dev/null
code=$?; [ $code = 0 ] || echo "${{m}}ended $code"
exit $code
"#
    )
}

/// What the names of the probe's files, containers and pods begin with.
pub(super) const PREFIX: &str = "podid-probe-";

/// A name for the file: one that no other run has.
pub(super) fn file_name(number: u32) -> String {
    format!("{PREFIX}{number:08x}")
}

/// The arguments of the probe: how long it may take, and the region and the id of the container where they are known.
pub(super) fn arguments(limit: Duration, region: Option<&str>, container_id: Option<&str>) -> Vec<String> {
    let mut arguments = vec!["--timeout".to_owned(), limit.as_secs().to_string()];
    let is_word = |text: &&str| text.chars().all(|character| character.is_ascii_alphanumeric() || character == '-');
    for (name, value) in [("--region", region), ("--container", container_id)] {
        if let Some(value) = value.filter(is_word) {
            arguments.extend([name.to_owned(), value.to_owned()]);
        }
    }
    arguments
}

/// A number that no other run has.
#[expect(clippy::cast_possible_truncation, reason = "half of a random number is one too")]
pub(super) fn random() -> u32 {
    RandomState::new().hash_one(0) as u32
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    use std::time::Duration;

    use super::{BEGIN, MARK, file_name, text};

    fn run(shell: &str, folder: &std::path::Path, input: &str) -> Result<String, std::io::Error> {
        let script = text(&file_name(7), &["one".to_owned()], Duration::from_secs(5));
        let mut child = Command::new(shell)
            .args(["-c", &script])
            .env_clear()
            .env("TMPDIR", folder)
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        Ok(String::from_utf8_lossy(&child.wait_with_output()?.stdout).into_owned())
    }

    #[test]
    fn a_shell_takes_the_program_runs_it_and_leaves_nothing() -> Result<(), std::io::Error> {
        let folder = tempfile::tempdir()?;
        let program = "#!/bin/sh\necho \"ran with $1\"\n";
        let said = run("/bin/sh", folder.path(), &format!("{BEGIN}{}\n{program}", program.len()))?;
        let mut lines = said.lines();
        assert!(
            lines.next().unwrap_or_default().starts_with(&format!("{MARK}ready {}", folder.path().display())),
            "{said}"
        );
        assert_eq!(lines.next(), Some("ran with one"));
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
        Ok(())
    }

    #[test]
    fn a_lost_connection_leaves_nothing() -> Result<(), std::io::Error> {
        let folder = tempfile::tempdir()?;
        let said = run("/bin/sh", folder.path(), &format!("{BEGIN}100000\n#!/bin/sh\n"))?;
        assert!(said.contains("ready"), "{said}");
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
        Ok(())
    }
}

/// The longest output that is read, in bytes.
const LIMIT: usize = 256 * 1024;
/// The most that waits to be sent, in bytes.
const BUFFER: usize = 64 * 1024;

/// The container at the other end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its pod.
    pub pod: &'a str,
    /// The container.
    pub container: &'a str,
}

/// Starts the script in the container, and speaks with it.
pub(super) async fn exec(client: &KubernetesClient, place: Place<'_>, script: &str) -> Result<ProbeReport, Obstacle> {
    let pods: Api<Pod> = Api::namespaced(client.inner().clone(), place.namespace);
    let opened = pods.exec(place.pod, ["sh", "-c", script], &parameters(place)).await;
    converse(opened.map_err(|error| not_opened(&error))?, place).await
}

/// Speaks with the script that is the container's own command.
pub(super) async fn attach(client: &KubernetesClient, place: Place<'_>) -> Result<ProbeReport, Obstacle> {
    let pods: Api<Pod> = Api::namespaced(client.inner().clone(), place.namespace);
    let opened = pods.attach(place.pod, &parameters(place)).await;
    converse(opened.map_err(|error| not_opened(&error))?, place).await
}

fn parameters(place: Place<'_>) -> AttachParams {
    AttachParams::default().container(place.container).stdin(true).stdout(true).stderr(true).max_stdin_buf_size(BUFFER)
}

fn not_opened(error: &kube::Error) -> Obstacle {
    match error {
        kube::Error::Api(status) if status.code == 403 => {
            Obstacle { is_local: true, ..Obstacle::general(GapReason::Denied, ForeignText::new(&status.message)) }
        }
        kube::Error::Api(status) if status.code / 100 == 4 => Obstacle::local(ForeignText::new(&status.message)),
        kube::Error::Api(status) => {
            let words = ForeignText::new(&status.message);
            Obstacle::local(format!("the node did not open a connection — {}", words.as_str()))
        }
        _ => Obstacle::general(GapReason::Unreachable, "no connection to the container came about"),
    }
}

/// What a process said in the end.
struct Said {
    output: String,
    errors: String,
    status: Option<Status>,
}

async fn converse(mut process: AttachedProcess, place: Place<'_>) -> Result<ProbeReport, Obstacle> {
    let broken = || Obstacle::general(GapReason::Unreachable, "the connection to the container broke off");
    let status = process.take_status().ok_or_else(broken)?;
    let mut input = process.stdin().ok_or_else(broken)?;
    let mut output = Lines::new(process.stdout().ok_or_else(broken)?);
    let errors = process.stderr().ok_or_else(broken)?;
    let spoken = async {
        input.write_all(BEGIN.as_bytes()).await.ok();
        input.flush().await.ok();
        let machine = output.until_ready().await;
        if let Some(program) = machine.as_deref().and_then(image::for_machine) {
            input.write_all(format!("{}\n", program.len()).as_bytes()).await.ok();
            // Where the other end gives up, its last words say why.
            input.write_all(&program).await.ok();
            input.flush().await.ok();
        } else if machine.is_some() {
            return (output.text, machine);
        }
        output.rest().await;
        (output.text, None)
    };
    let ((output, unsuitable), errors) = futures::join!(spoken, bounded(errors, 4096));
    if let Some(machine) = unsuitable {
        return Err(Obstacle::general(
            GapReason::Insufficient,
            format!("this plugin has no probe for a machine {machine}"),
        ));
    }
    let status = tokio::time::timeout(Duration::from_secs(2), status).await.ok().flatten();
    // A closed input would close the whole connection, so it is held until the end.
    drop(input);
    understand(&Said { output, errors, status }, place)
}

fn understand(said: &Said, place: Place<'_>) -> Result<ProbeReport, Obstacle> {
    if let Some(report) = said.output.lines().find(|line| line.starts_with('{')) {
        return serde_json::from_str(report).map_err(|_| {
            Obstacle::general(GapReason::Malformed, "what came out of the container is no report of the probe")
        });
    }
    let word = |word: &str| {
        let mark = format!("{MARK}{word}");
        said.output.lines().find_map(|line| line.strip_prefix(&mark)).map(|rest| rest.trim().to_owned())
    };
    let container = place.container;
    if let Some(tool) = word("cannot tool") {
        return Err(Obstacle::local(format!("container {container} has a shell, and no program {tool}")));
    }
    if word("cannot place").is_some() || word("cannot room").is_some() {
        let why = "has no place where its user may write and run a program";
        return Err(Obstacle::local(format!("container {container} {why}")));
    }
    if let Some(code) = word("ended") {
        return Err(Obstacle::general(
            GapReason::TimedOut,
            format!("the probe ended with code {code} in container {container}"),
        ));
    }
    let message = said.status.as_ref().and_then(|status| status.message.clone()).unwrap_or_default();
    if lacks_the_program(&message) {
        return Err(Obstacle::local(format!("container {container} has no shell")));
    }
    let words = [message.as_str(), said.errors.as_str()].into_iter().find(|words| !words.trim().is_empty());
    let words = ForeignText::new(words.unwrap_or("nothing came back"));
    Err(Obstacle::local(format!("the shell of container {container} did not run the probe — {}", words.as_str())))
}

/// Output as it comes, up to a limit.
struct Lines<R> {
    reader: R,
    text: String,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(reader: R) -> Self {
        Self { reader, text: String::new() }
    }

    /// Reads until the shell is ready, and gives the machine that it runs on; `None` if it has ended or given up.
    async fn until_ready(&mut self) -> Option<String> {
        let mark = format!("{MARK}ready ");
        loop {
            let complete = self.text.rsplit_once('\n').map_or("", |(complete, _)| complete);
            if let Some(ready) = complete.lines().find_map(|line| line.strip_prefix(&mark)) {
                // Without uname the most frequent machine is the best guess.
                let machine = ready.rsplit(' ').next().filter(|machine| !machine.is_empty());
                return Some(machine.unwrap_or("x86_64").to_owned());
            }
            if !self.more().await {
                return None;
            }
        }
    }

    async fn rest(&mut self) {
        while self.more().await {}
    }

    async fn more(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match self.reader.read(&mut buffer).await {
            Ok(read) if read > 0 && self.text.len() < LIMIT => {
                self.text.push_str(&String::from_utf8_lossy(&buffer[..read]));
                true
            }
            _ => false,
        }
    }
}

async fn bounded(mut reader: impl AsyncRead + Unpin, limit: usize) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = reader.read(&mut buffer).await {
        let room = limit.saturating_sub(bytes.len());
        bytes.extend_from_slice(&buffer[..read.min(room)]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
