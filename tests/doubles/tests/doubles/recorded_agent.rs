//! The agent's recording can be read: answers whole, log lines as the agent writes them.

use serde_json::Value;

use crate::support::world::Outcome;

#[test]
fn all_situations_are_there() -> Outcome {
    let document: Value = serde_json::from_str(include_str!("../../../recorded/agent-0.1.37.json"))?;
    let cases = document["cases"].as_array().ok_or("no cases")?;
    assert_eq!(cases.len(), 25);
    for case in cases {
        assert!(case["answers"][0]["status"].is_u64() && case["answers"][0]["body"].is_string(), "{}", case["name"]);
        for line in case["log"].as_array().ok_or("no log")? {
            let line: Value = serde_json::from_str(line.as_str().unwrap_or_default())?;
            assert!(line["msg"].is_string() && line["time"].is_string(), "{}: {line}", case["name"]);
        }
    }
    Ok(())
}
