//! What containers take environment from: ConfigMaps, and the names of the keys of Secrets where that was asked for.

use crate::collect::beyond::active::not_asked;
use crate::collect::read::kubernetes;
use crate::collect::session::Session;
use crate::evidence::kubernetes::environment::{EnvFromSource, EnvValue, ObjectReference};
use crate::evidence::{ConfigMaps, Pod, Reading, Secrets, Source};

/// Reads the ConfigMaps that containers name.
pub(in crate::collect) async fn config_maps(
    session: &Session,
    pod: Option<&Pod>,
    namespace: &str,
) -> Reading<ConfigMaps> {
    let wanted = named(
        pod,
        |from| from.config_map_ref.as_ref(),
        |value| match value {
            EnvValue::ConfigMapKey(reference) => Some(&reference.name),
            _ => None,
        },
    );
    let read = kubernetes::config_maps(&session.kubernetes, namespace, &wanted);
    session.once(Source::ConfigMaps, format!("{namespace} {}", wanted.join(" ")), read).await
}

/// Reads the Secrets whose keys decide, if that was asked for: a key that is not optional is there in a running container.
pub(in crate::collect) async fn secrets(session: &Session, pod: Option<&Pod>, namespace: &str) -> Reading<Secrets> {
    if !session.active.inspect_secrets {
        return Reading::Unavailable(not_asked(Source::Secrets));
    }
    let wanted = named(
        pod,
        |from| from.secret_ref.as_ref(),
        |value| match value {
            EnvValue::SecretKey(reference) if reference.optional => Some(&reference.name),
            _ => None,
        },
    );
    let read = kubernetes::secrets(&session.kubernetes, namespace, &wanted);
    session.once(Source::Secrets, format!("{namespace} {}", wanted.join(" ")), read).await
}

/// The names of what containers take as a whole, or a key of, each once.
fn named(
    pod: Option<&Pod>,
    whole: impl Fn(&EnvFromSource) -> Option<&ObjectReference>,
    key: impl Fn(&EnvValue) -> Option<&String>,
) -> Vec<String> {
    let mut wanted: Vec<String> = Vec::new();
    for container in pod.into_iter().flat_map(Pod::containers) {
        let objects = container.env_from.iter().filter_map(&whole).map(|one| &one.name);
        let keys = container.env.iter().filter_map(|variable| key(&variable.value));
        wanted.extend(objects.chain(keys).cloned());
    }
    wanted.sort();
    wanted.dedup();
    wanted
}
