//! What the shell in the container is told: find a place, take the program, run it, and take it away again.
//!
//! A shell's own words and three programs are enough. A shell runs its traps only between commands, so what may take long is
//! waited for; whatever happens, the script ends by itself when its time is over. The conversation is: `begin` from here; `ready FOLDER MACHINE` or
//! `cannot WHY` from there; the number of bytes and the bytes from here; the report from there.

use std::time::Duration;

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
