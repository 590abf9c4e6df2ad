//! Associations reach the webhook's identities file, as on EKS.

use std::path::Path;
use std::time::{Duration, Instant};

use podid_doubles::aws::{Server, State};
use podid_doubles::webhook::Identities;

use crate::support::world::{DEV, Outcome, STATE};

const LIST: &str = "/clusters/prod/pod-identity-associations";
const WEB: &str = r#"{"namespace":"shop","serviceAccount":"web","roleArn":"r"}"#;

fn start(file: &Path, propagation_millis: u64) -> Result<Server, Box<dyn std::error::Error>> {
    let mut state = State::read(STATE)?;
    let cluster = state.cluster_mut("111122223333", "eu-west-1", "prod").ok_or("no cluster")?;
    (cluster.identities_file, cluster.propagation_millis) = (Some(file.to_owned()), propagation_millis);
    Ok(Server::start(state)?)
}

fn read(file: &Path) -> Result<Identities, Box<dyn std::error::Error>> {
    Ok(Identities::read(&std::fs::read_to_string(file)?)?)
}

#[test]
fn the_file_follows_the_associations() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("identities.json");
    let aws = start(&file, 0)?;
    assert_eq!(read(&file)?, Identities::from_iter([("shop", "api")]), "what is there from the start");
    DEV.eks(&aws, "POST", LIST, WEB)?;
    assert_eq!(read(&file)?, Identities::from_iter([("shop", "api"), ("shop", "web")]));
    DEV.eks(&aws, "DELETE", &format!("{LIST}/a-api"), "")?;
    assert_eq!(read(&file)?, Identities::from_iter([("shop", "web")]));
    aws.change(|state| {
        if let Some(cluster) = state.cluster_mut("111122223333", "eu-west-1", "prod") {
            cluster.associations.clear();
        }
    })?;
    assert_eq!(read(&file)?, Identities::default());
    Ok(())
}

#[test]
fn propagation_takes_its_time_and_the_last_change_wins() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("identities.json");
    let aws = start(&file, 300)?;
    let begun = Instant::now();
    DEV.eks(&aws, "POST", LIST, WEB)?;
    DEV.eks(&aws, "DELETE", &format!("{LIST}/a-api"), "")?;
    assert_eq!(read(&file)?, Identities::from_iter([("shop", "api")]), "not yet");
    while read(&file)? != Identities::from_iter([("shop", "web")]) {
        assert!(begun.elapsed() < Duration::from_secs(10), "it never came");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(begun.elapsed() >= Duration::from_millis(300));
    Ok(())
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_at_the_start() {
    assert!(start(Path::new("/nonexistent/identities.json"), 0).is_err());
}
