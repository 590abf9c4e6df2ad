//! Resolves credentials once, as every client of the SDK does, and prints whose they are. Nothing else is printed.
#![expect(clippy::print_stdout, reason = "the answer of the program")]

use aws_config::BehaviorVersion;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(client).load().await;
    let provider = config.credentials_provider();
    let mut answer = match provider {
        None => json!({ "accessKeyId": null }),
        Some(provider) => match provider.provide_credentials().await {
            Ok(credentials) => json!({ "accessKeyId": credentials.access_key_id() }),
            Err(error) => json!({ "error": format!("{error:?}").split('(').next() }),
        },
    };
    answer["sdk"] = json!(format!("aws-config {}", version()));
    println!("{answer}");
}

/// The version in the lock file of this project.
fn version() -> &'static str {
    let lock = include_str!("../../../Cargo.lock");
    let after = lock.split_once("name = \"aws-config\"\nversion = \"").map_or("", |(_, after)| after);
    after.split('"').next().unwrap_or_default()
}
