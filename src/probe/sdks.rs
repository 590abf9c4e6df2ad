//! SDKs in the files of a container, by the names that their packages have: only names and versions are read, in bounded time.
//!
//! Sources: the layouts of Python's `dist-info`, npm's `package.json`, Maven's jars (also inside of a jar), RubyGems and Composer; the
//! module information that the Go toolchain writes into programs (`runtime/debug.BuildInfo`), and the paths of crates in programs of Rust.

use std::collections::{HashSet, VecDeque};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::archive;
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::asked::probe::{FoundSdk, SdkPackage, SdkSearch, SdkVersion};

/// How many copies are told.
const MOST: usize = 32;
/// How many entries of directories are looked at: the memory is the container's own.
const MOST_ENTRIES: usize = 50_000;
/// How deep directories are looked into.
const DEEPEST: usize = 14;
/// The largest text that is read, in bytes: a `package.json`, or what Composer has installed.
const TEXT_LIMIT: u64 = 1024 * 1024;
/// How much of a program is read, in bytes.
const PROGRAM_LIMIT: u64 = 512 * 1024 * 1024;
/// What is read of a program at a time, in bytes.
const BLOCK: usize = 256 * 1024;
/// What a version has before it and after it in a program: a module that was replaced by another has a line's end after it, and the
/// commit of a version that was never released a hyphen (`runtime/debug.BuildInfo.String`).
const IN_PROGRAMS: &[(&[u8], u8, SdkPackage)] = &[
    (b"\tgithub.com/aws/aws-sdk-go-v2/config\tv", b'\t', SdkPackage::GoV2),
    (b"\tgithub.com/aws/aws-sdk-go\tv", b'\t', SdkPackage::GoV1),
    (b"/aws-config-", b'/', SdkPackage::Rust),
];

/// A program that runs.
pub(super) struct Program {
    /// Where it can be read.
    pub file: PathBuf,
    /// Where it is, as the container sees it.
    pub path: PathBuf,
}

/// Looks under a root, but for what is mounted there, and into programs, until then.
///
/// A mount is not even asked what it is: one whose server is gone would keep whoever asks for ever.
pub(super) fn of_container(root: &Path, mounts: &HashSet<PathBuf>, programs: &[Program], end: Instant) -> SdkSearch {
    let mut look = Look { root, mounts, end, search: SdkSearch { is_whole: true, found: Vec::new() } };
    for program in programs {
        look.search.is_whole &= look.program(program).is_ok_and(|is_whole| is_whole);
    }
    look.search.is_whole &= look.walk();
    look.search
}

struct Look<'r> {
    root: &'r Path,
    mounts: &'r HashSet<PathBuf>,
    end: Instant,
    search: SdkSearch,
}

impl Look<'_> {
    fn add(&mut self, package: SdkPackage, version: SdkVersion, path: &Path) {
        let path = ForeignText::new(&self.shown(path).to_string_lossy());
        let one = FoundSdk { package, version, path };
        if self.search.found.len() < MOST && !self.search.found.contains(&one) {
            self.search.found.push(one);
        }
    }

    /// A path as the container sees it.
    fn shown(&self, path: &Path) -> PathBuf {
        path.strip_prefix(self.root).map_or_else(|_| path.to_owned(), |rest| Path::new("/").join(rest))
    }

    /// The nearest first, so that what an application brings is found before the depths of a system; whether all was seen.
    fn walk(&mut self) -> bool {
        let mut waiting = VecDeque::from([(self.root.to_owned(), 0)]);
        let (mut entries, mut is_whole) = (0, true);
        while let Some((directory, depth)) = waiting.pop_front() {
            let Ok(list) = fs::read_dir(&directory) else {
                is_whole = false;
                continue;
            };
            for entry in list.flatten() {
                entries += 1;
                if entries > MOST_ENTRIES || Instant::now() >= self.end || self.search.found.len() >= MOST {
                    return false;
                }
                let (path, name) = (entry.path(), entry.file_name());
                if self.mounts.contains(&self.shown(&path)) {
                    continue;
                }
                let (Ok(kind), Some(name)) = (entry.file_type(), name.to_str()) else { continue };
                // A link leads to what is found elsewhere, or out of the container.
                if kind.is_dir() {
                    self.directory(name, &path);
                    is_whole &= depth < DEEPEST;
                    if depth < DEEPEST {
                        waiting.push_back((path, depth + 1));
                    }
                } else if kind.is_file() {
                    self.file(name, &path);
                }
            }
        }
        is_whole
    }

    fn directory(&mut self, name: &str, path: &Path) {
        let of_name = |before: &str, after: &str| SdkVersion::read(name.strip_prefix(before)?.strip_suffix(after)?);
        if let Some(version) = of_name("botocore-", ".dist-info").or_else(|| of_name("botocore-", ".egg-info")) {
            self.add(SdkPackage::Botocore, version, path);
        } else if let Some(version) = of_name("aws-sdk-core-", "") {
            self.add(SdkPackage::Ruby, version, path);
        }
    }

    fn file(&mut self, name: &str, path: &Path) {
        let parent = |levels: usize| path.ancestors().nth(levels).and_then(|one| one.file_name()?.to_str());
        match name {
            "package.json" if parent(2) == Some("@aws-sdk") && parent(1) == Some("credential-provider-node") => {
                self.package_json(SdkPackage::JavaScriptV3, path);
            }
            "package.json" if parent(2) == Some("node_modules") && parent(1) == Some("aws-sdk") => {
                self.package_json(SdkPackage::JavaScriptV2, path);
            }
            "installed.json" if parent(1) == Some("composer") => self.composer(path),
            name if is_jar(name) => {
                if let Some((package, version)) = jar(name) {
                    self.add(package, version, path);
                } else {
                    self.jars_within(path);
                }
            }
            _ => {}
        }
    }

    fn package_json(&mut self, package: SdkPackage, path: &Path) {
        let version = json::<Package>(path).and_then(|json| SdkVersion::read(&json.version));
        if let Some(version) = version {
            self.add(package, version, path);
        }
    }

    fn composer(&mut self, path: &Path) {
        let Some(Installed { packages }) = json(path) else { return };
        let own = packages.iter().find(|one| one.name == "aws/aws-sdk-php");
        if let Some(version) = own.and_then(|one| SdkVersion::read(&one.version)) {
            self.add(SdkPackage::Php, version, path);
        }
    }

    /// The jars in a jar, as frameworks pack applications: only names are read.
    fn jars_within(&mut self, path: &Path) {
        for name in archive::names_of_files(path, is_jar).unwrap_or_default() {
            let last = name.rsplit('/').next().unwrap_or_default();
            if let Some((package, version)) = jar(last) {
                self.add(package, version, path);
            }
        }
    }

    /// The modules and crates that a program was made of; whether all of it was read.
    fn program(&mut self, program: &Program) -> io::Result<bool> {
        let longest = 64;
        let mut file = File::open(&program.file)?.take(PROGRAM_LIMIT);
        let (mut block, mut kept) = (vec![0; BLOCK], Vec::new());
        while Instant::now() < self.end {
            let number = file.read(&mut block)?;
            if number == 0 {
                return Ok(file.limit() > 0);
            }
            kept.extend_from_slice(&block[..number]);
            for (before, after, package) in IN_PROGRAMS {
                for place in places(&kept, before) {
                    let rest = &kept[place + before.len()..];
                    let version = rest
                        .iter()
                        .take(24)
                        .position(|byte| byte == after)
                        .and_then(|end| SdkVersion::read(std::str::from_utf8(&rest[..end]).ok()?));
                    if let Some(version) = version {
                        self.add(*package, version, &program.path);
                    }
                }
            }
            let from = kept.len().saturating_sub(longest);
            kept.drain(..from);
        }
        Ok(false)
    }
}

/// Where a mark stands.
fn places<'b>(bytes: &'b [u8], mark: &'static [u8]) -> impl Iterator<Item = usize> + 'b {
    let first = mark.first().copied().unwrap_or_default();
    let starts = bytes.iter().enumerate().filter(move |(_, byte)| **byte == first).map(|(place, _)| place);
    starts.filter(move |place| bytes[*place..].starts_with(mark))
}

/// What is read of a package: the rest of a text takes no memory.
#[derive(Deserialize)]
struct Package {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
}

/// What Composer has installed.
#[derive(Deserialize)]
struct Installed {
    packages: Vec<Package>,
}

fn json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let mut text = Vec::new();
    File::open(path).ok()?.take(TEXT_LIMIT).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

fn is_jar(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "jar")
}

/// The SDK that a jar is of, by its name.
fn jar(name: &str) -> Option<(SdkPackage, SdkVersion)> {
    let name = name.strip_suffix(".jar")?;
    let of = |before: &str| name.strip_prefix(before).and_then(SdkVersion::read);
    if let Some(version) = of("aws-java-sdk-core-") {
        return Some((SdkPackage::JavaV1, version));
    }
    of("aws-core-").filter(|version| version.0[0] == 2).map(|version| (SdkPackage::JavaV2, version))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    use super::{Program, jar, of_container};
    use crate::evidence::asked::probe::{SdkPackage, SdkVersion};

    type Told = Vec<(SdkPackage, [u32; 3], String)>;

    fn look(files: &[(&str, &[u8])], programs: &[(&str, &[u8])]) -> std::io::Result<Told> {
        let root = tempfile::tempdir()?;
        let place = |name: &str| root.path().join(name);
        for (name, content) in files.iter().chain(programs) {
            if let Some(parent) = place(name).parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(place(name), content)?;
        }
        let program = |(name, _): &(&str, &[u8])| Program { file: place(name), path: place(name) };
        let programs: Vec<Program> = programs.iter().map(program).collect();
        let mounts = HashSet::from(["/proc", "/srv/share"].map(PathBuf::from));
        let search = of_container(root.path(), &mounts, &programs, Instant::now() + Duration::from_secs(20));
        assert!(search.is_whole);
        let mut told: Told =
            search.found.into_iter().map(|one| (one.package, one.version.0, one.path.as_str().to_owned())).collect();
        told.sort();
        Ok(told)
    }

    fn archive(names: &[&str]) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04 whatever is in it".to_vec();
        let begin = u32::try_from(bytes.len()).unwrap_or_default();
        for name in names {
            let mut entry = [0; 46];
            entry[..4].copy_from_slice(b"PK\x01\x02");
            entry[28..30].copy_from_slice(&u16::try_from(name.len()).unwrap_or_default().to_le_bytes());
            bytes.extend(entry);
            bytes.extend(name.as_bytes());
        }
        let mut end = [0; 22];
        end[..4].copy_from_slice(b"PK\x05\x06");
        end[16..20].copy_from_slice(&begin.to_le_bytes());
        bytes.extend(end);
        bytes
    }

    #[test]
    fn packages_are_told_by_their_names() -> std::io::Result<()> {
        let spring = archive(&["BOOT-INF/lib/aws-core-2.20.0.jar", "BOOT-INF/lib/jackson-core-2.15.0.jar"]);
        let told = look(
            &[
                ("usr/lib/python3/dist-packages/botocore-1.31.0.dist-info/METADATA", b""),
                ("app/node_modules/@aws-sdk/credential-provider-node/package.json", br#"{"version": "3.450.0"}"#),
                ("app/node_modules/aws-sdk/package.json", br#"{"version": "2.1500.0"}"#),
                ("app/node_modules/other/package.json", br#"{"version": "1.0.0"}"#),
                ("var/lib/gems/aws-sdk-core-3.180.0/VERSION", b""),
                (
                    "var/www/vendor/composer/installed.json",
                    br#"{"packages": [{"name": "aws/aws-sdk-php", "version": "3.280.0"}]}"#,
                ),
                ("opt/app.jar", &spring),
                ("opt/lib/aws-java-sdk-core-1.12.700.jar", b""),
                ("opt/broken.jar", b"PK\x05\x06"),
                ("proc/1/botocore-1.0.0.dist-info/x", b""),
                ("srv/share/botocore-1.0.0.dist-info/x", b""),
                ("srv/botocore-1.0.1.dist-info/x", b""),
            ],
            &[],
        )?;
        let mut told: Vec<String> =
            told.into_iter().map(|(package, version, path)| format!("{package:?} {version:?} {path}")).collect();
        told.sort();
        assert_eq!(
            told,
            [
                "Botocore [1, 0, 1] /srv/botocore-1.0.1.dist-info",
                "Botocore [1, 31, 0] /usr/lib/python3/dist-packages/botocore-1.31.0.dist-info",
                "JavaScriptV2 [2, 1500, 0] /app/node_modules/aws-sdk/package.json",
                "JavaScriptV3 [3, 450, 0] /app/node_modules/@aws-sdk/credential-provider-node/package.json",
                "JavaV1 [1, 12, 700] /opt/lib/aws-java-sdk-core-1.12.700.jar",
                "JavaV2 [2, 20, 0] /opt/app.jar",
                "Php [3, 280, 0] /var/www/vendor/composer/installed.json",
                "Ruby [3, 180, 0] /var/lib/gems/aws-sdk-core-3.180.0",
            ]
        );
        Ok(())
    }

    #[test]
    fn programs_tell_what_they_were_made_of() -> std::io::Result<()> {
        // The second mark lies across two blocks.
        let mut go = b"\xff Go buildinf:\x08 dep\tgithub.com/aws/aws-sdk-go-v2/config\tv1.24.0\th1:x\n".to_vec();
        go.resize(256 * 1024 - 10, b'.');
        go.extend(
            b"dep\tgithub.com/aws/aws-sdk-go\tv1.44.0\th1:x\n\
            dep\tgithub.com/aws/aws-sdk-go\tv1.45.0\n=>\tgithub.com/other/aws-sdk-go\tv1.50.0\th1:x\n\
            dep\tgithub.com/aws/aws-sdk-go\tv1.46.1-0.20230101000000-abcdefabcdef\th1:x\ndep\tgithub.com/aws/aws-sdk-go-v2/configsources\tv1.1.1\t",
        );
        let rust =
            b"/usr/local/cargo/registry/src/index-1/aws-config-1.1.7/src/lib.rs /aws-config-x /aws-config-1.1".to_vec();
        let told = look(&[], &[("bin/go", &go), ("bin/rust", &rust)])?;
        let mut told: Vec<String> =
            told.into_iter().map(|(package, version, path)| format!("{package:?} {version:?} {path}")).collect();
        told.sort();
        assert_eq!(told, ["GoV1 [1, 44, 0] /bin/go", "GoV2 [1, 24, 0] /bin/go", "Rust [1, 1, 7] /bin/rust"]);
        Ok(())
    }

    #[test]
    fn a_search_that_ends_early_says_so() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        std::fs::write(root.path().join("file"), "")?;
        let at = |end: Instant| of_container(root.path(), &HashSet::new(), &[], end).is_whole;
        assert!(at(Instant::now() + Duration::from_secs(20)));
        assert!(!at(Instant::now()), "no time is left");
        let mut deep = root.path().to_owned();
        deep.extend(std::iter::repeat_n("in", super::DEEPEST + 2));
        std::fs::create_dir_all(deep)?;
        assert!(!at(Instant::now() + Duration::from_secs(20)), "deeper than it looks");
        Ok(())
    }

    #[test]
    fn a_name_that_only_resembles_is_none() {
        for name in [
            "aws-core-1.0.0.jar",
            "aws-core-2.jar",
            "my-aws-core-2.20.0.jar",
            "aws-core-2.20.0-sources.jar",
            "aws-core-.jar",
        ] {
            assert_eq!(jar(name), None, "{name}");
        }
        assert_eq!(SdkVersion::read("1.31.0.dev1"), None);
        assert_eq!(SdkVersion::read("v3.287.1"), Some(SdkVersion([3, 287, 1])));
    }
}
