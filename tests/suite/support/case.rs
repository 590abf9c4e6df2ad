//! A case: a merge patch over `healthy.yaml`, and what must follow.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use podid::diagnose::{FailOn, Options, Selection, diagnose};
use podid::evidence::Evidence;
use podid::report::Report;
use serde::Deserialize;
use serde_json::Value;

/// One case file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows, in one line.
    pub what: String,
    /// Other cases whose changes come first: faults that are there together.
    #[serde(default)]
    pub with: Vec<String>,
    /// An RFC 7386 merge patch over the healthy evidence. `null` removes; `absent` is a typed not-found.
    #[serde(default)]
    pub patch: Value,
    /// Values put at JSON pointers after the patch, for places inside lists; a pointer that ends in `/-` appends.
    #[serde(default)]
    pub set: BTreeMap<String, Value>,
    /// What the user chose.
    #[serde(default)]
    pub options: CaseOptions,
    /// What must follow.
    pub expect: Expect,
    /// Where it stands.
    #[serde(skip)]
    pub path: PathBuf,
    /// Its report, made once.
    #[serde(skip)]
    report: OnceLock<Report>,
}

/// What the user chose.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct CaseOptions {
    /// `-c`
    pub container: Option<String>,
    /// `--only`
    pub only: Vec<String>,
    /// `--skip`
    pub skip: Vec<String>,
    /// `--fail-on warning`
    pub fail_on_warning: bool,
}

/// What must follow.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expect {
    /// The verdict.
    pub verdict: String,
    /// The exit code.
    pub exit_code: u8,
    /// All causes, in order; suspected ones carry a question mark: `PID510?`.
    pub causes: Vec<String>,
    /// Statuses of single checks.
    #[serde(default)]
    pub statuses: BTreeMap<String, String>,
    /// Phrases that must stand somewhere in the findings, reasons, gaps or remedies.
    #[serde(default)]
    pub says: Vec<String>,
    /// Phrases that must not.
    #[serde(default)]
    pub never_says: Vec<String>,
}

/// The folder of the cases.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// The healthy evidence, as a value; read once.
pub fn healthy() -> Value {
    static HEALTHY: LazyLock<Value> = LazyLock::new(|| {
        let text = std::fs::read_to_string(folder().join("healthy.yaml")).expect("healthy.yaml is there");
        serde_saphyr::from_str(&text).expect("healthy.yaml is YAML")
    });
    HEALTHY.clone()
}

/// All cases, in the order of their paths; read once.
pub fn all() -> &'static [Case] {
    static ALL: LazyLock<Vec<Case>> = LazyLock::new(|| {
        let mut files = Vec::new();
        collect_files(&folder(), &mut files);
        files.sort();
        files.into_iter().map(|path| read(&path)).collect()
    });
    &ALL
}

/// The case of a name.
pub fn named(name: &str) -> &'static Case {
    all().iter().find(|case| case.name() == name).unwrap_or_else(|| panic!("no case is called {name}"))
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of cases") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect_files(&path, files);
        } else if path.extension().is_some_and(|end| end == "yaml") && path != self::folder().join("healthy.yaml") {
            files.push(path);
        }
    }
}

fn read(path: &Path) -> Case {
    let text = std::fs::read_to_string(path).expect("a case file");
    let mut case: Case = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    path.clone_into(&mut case.path);
    case
}

impl Case {
    /// The name: the path below the folder, without its ending.
    pub fn name(&self) -> String {
        self.path.strip_prefix(folder()).unwrap_or(&self.path).with_extension("").display().to_string()
    }

    /// The evidence as a value.
    pub fn value(&self) -> Value {
        let mut value = healthy();
        self.change(&mut value);
        value
    }

    /// Applies the cases it stands on, then its own changes.
    pub fn change(&self, value: &mut Value) {
        for name in &self.with {
            named(name).change(value);
        }
        merge(value, &self.patch);
        for (pointer, new) in &self.set {
            set(value, pointer, new.clone());
        }
    }

    /// The evidence.
    pub fn evidence(&self) -> Evidence {
        Evidence::from_value(self.value()).unwrap_or_else(|error| panic!("{}: {error}", self.name()))
    }

    /// The options of the diagnosis.
    pub fn options(&self) -> Options {
        Options {
            container: self.options.container.clone(),
            selection: Selection::new(&self.options.only, &self.options.skip).expect("patterns that name checks"),
            fail_on: if self.options.fail_on_warning { FailOn::Warning } else { FailOn::Error },
            ..Options::default()
        }
    }

    /// The report.
    pub fn report(&self) -> Report {
        self.report.get_or_init(|| diagnose(&self.evidence(), &self.options())).clone()
    }
}

/// Applies an RFC 7386 merge patch; a gap takes the place of the whole reading.
pub fn merge(target: &mut Value, patch: &Value) {
    match patch {
        Value::Object(gap) if gap.len() == 1 && gap.contains_key("unavailable") => *target = patch.clone(),
        Value::Object(patch) => {
            if !target.is_object() {
                *target = Value::Object(serde_json::Map::new());
            }
            let fields = target.as_object_mut().expect("an object");
            for (key, value) in patch {
                if value.is_null() {
                    fields.remove(key);
                } else {
                    merge(fields.entry(key.clone()).or_insert(Value::Null), value);
                }
            }
        }
        Value::Null => {}
        other => *target = other.clone(),
    }
}

fn set(value: &mut Value, pointer: &str, new: Value) {
    let (parent, last) = pointer.rsplit_once('/').expect("a JSON pointer");
    let place = value.pointer_mut(parent).unwrap_or_else(|| panic!("nothing stands at {parent}"));
    match place {
        Value::Array(items) if last == "-" => items.push(new),
        Value::Array(items) => {
            let index: usize = last.parse().expect("an index");
            if new.is_null() { drop(items.remove(index)) } else { items[index] = new }
        }
        Value::Object(fields) => {
            let key = last.replace("~1", "/").replace("~0", "~");
            if new.is_null() { drop(fields.remove(&key)) } else { drop(fields.insert(key, new)) }
        }
        _ => panic!("{parent} holds nothing"),
    }
}
