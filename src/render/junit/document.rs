//! The XML of JUnit: suites, test cases, and what stands in them.

use crate::render::markup::escape_markup;

/// How a test case ended.
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not.
    Failure(Problem),
    /// It had to be known, and is not.
    Error(Problem),
    /// It was not judged; why.
    Skipped(String),
    /// It holds as far as the run is concerned, with something to say.
    Said(String),
}

/// What is wrong.
pub struct Problem {
    /// One word for it.
    pub kind: &'static str,
    /// One phrase.
    pub message: String,
    /// What it rests on, in lines that are escaped already.
    pub text: String,
}

/// A test case.
pub struct Case {
    /// What it belongs to, with dots.
    pub class: String,
    /// What should hold.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// A suite of test cases.
pub struct Suite {
    /// What was tested.
    pub name: String,
    /// Names and values.
    pub properties: Vec<(&'static str, String)>,
    /// How long it took.
    pub seconds: f64,
    /// When, in UTC and without a zone, as the format has it.
    pub timestamp: Option<String>,
    /// The test cases.
    pub cases: Vec<Case>,
}

/// Writes the document.
pub fn document(suites: &[Suite]) -> String {
    let all: Vec<&Case> = suites.iter().flat_map(|suite| &suite.cases).collect();
    let seconds: f64 = suites.iter().map(|suite| suite.seconds).sum();
    let written: String = suites.iter().map(suite).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"kubectl podid\"{} time=\"{seconds:.3}\">\n{written}</testsuites>\n",
        counts(&all, false)
    )
}

fn suite(suite: &Suite) -> String {
    let all: Vec<&Case> = suite.cases.iter().collect();
    let timestamp = suite.timestamp.as_ref().map(|time| format!(" timestamp=\"{time}\"")).unwrap_or_default();
    let property = |(name, value): &(&str, String)| {
        format!("      <property name=\"{name}\" value=\"{}\"/>\n", escape_markup(value))
    };
    let properties: String = suite.properties.iter().map(property).collect();
    let properties =
        if properties.is_empty() { properties } else { format!("    <properties>\n{properties}    </properties>\n") };
    let cases: String = suite.cases.iter().map(case).collect();
    format!(
        "  <testsuite name=\"{}\"{} time=\"{:.3}\"{timestamp}>\n{properties}{cases}  </testsuite>\n",
        escape_markup(&suite.name),
        counts(&all, true),
        suite.seconds
    )
}

/// The counts of a suite; that of what was skipped has no place on the whole.
fn counts(cases: &[&Case], with_skipped: bool) -> String {
    let with = |is: fn(&Outcome) -> bool| cases.iter().filter(|case| is(&case.outcome)).count();
    let failures = with(|outcome| matches!(outcome, Outcome::Failure(_)));
    let errors = with(|outcome| matches!(outcome, Outcome::Error(_)));
    let skipped = with(|outcome| matches!(outcome, Outcome::Skipped(_)));
    let skipped = if with_skipped { format!(" skipped=\"{skipped}\"") } else { String::new() };
    format!(" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\"{skipped}", cases.len())
}

fn case(case: &Case) -> String {
    let body = match &case.outcome {
        Outcome::Passed => String::new(),
        Outcome::Failure(problem) => self::problem("failure", problem),
        Outcome::Error(problem) => self::problem("error", problem),
        Outcome::Skipped(message) => format!("<skipped message=\"{}\"/>", escape_markup(message)),
        Outcome::Said(text) => format!("<system-out>{}</system-out>", lines(text)),
    };
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"0\"",
        escape_markup(&case.class),
        escape_markup(&case.name)
    );
    if body.is_empty() { format!("{head}/>\n") } else { format!("{head}>{body}</testcase>\n") }
}

fn problem(element: &str, problem: &Problem) -> String {
    let Problem { kind, message, text } = problem;
    format!("<{element} type=\"{kind}\" message=\"{}\">{}</{element}>", escape_markup(message), lines(text))
}

/// Lines that were made here, with what stood in them escaped already.
fn lines(text: &str) -> String {
    text.split('\n').map(escape_markup).collect::<Vec<_>>().join("\n")
}
