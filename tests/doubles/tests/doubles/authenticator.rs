//! A token made of AWS credentials is their owner's, as long as STS says so and an access entry stands for it.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use podid_doubles::authenticator::Authenticator;
use podid_doubles::{aws, http};
use serde_json::{Value, json};

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

const WORLD: &str = r#"
accessKeys:
  AKIAROLE: {account: "111122223333", arn: "arn:aws:sts::111122223333:assumed-role/admin/me"}
  AKIASTRANGER: {account: "111122223333", arn: "arn:aws:iam::111122223333:user/stranger"}
  AKIAEXPIRED: {account: "111122223333", arn: "arn:aws:sts::111122223333:assumed-role/admin/me", expired: true}
"#;

/// Has the token of an access key reviewed.
fn review(key: &str) -> Result<Value, Box<dyn Error>> {
    let aws = aws::Server::start(aws::State::read(WORLD)?)?;
    let folder = tempfile::tempdir()?;
    let access_entries = folder.path().join("entries.json");
    std::fs::write(&access_entries, r#"{"arn:aws:iam::111122223333:role/admin": ["admins"]}"#)?;
    let sts: SocketAddr = aws.url().trim_start_matches("http://").parse()?;
    let authenticator = Authenticator { cluster: "prod".into(), sts, access_entries };
    let server = http::Server::start(ANY, None, Arc::new(authenticator))?;

    let date = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let url = format!(
        "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15\
         &X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key}%2F20261120%2Feu-west-1%2Fsts%2Faws4_request\
         &X-Amz-Date={date}&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=0"
    );
    let body = json!({ "spec": { "token": format!("k8s-aws-v1.{}", URL_SAFE_NO_PAD.encode(url)) } }).to_string();
    let mut stream = TcpStream::connect(server.address())?;
    write!(stream, "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    Ok(serde_json::from_str::<Value>(body)?["status"].take())
}

#[test]
fn a_session_of_a_role_with_an_access_entry_is_let_in() -> Result<(), Box<dyn Error>> {
    let status = review("AKIAROLE")?;
    assert_eq!(status["authenticated"], true, "{status}");
    assert_eq!(status["user"]["username"], "arn:aws:sts::111122223333:assumed-role/admin/me");
    assert_eq!(status["user"]["groups"], json!(["admins", "system:authenticated"]));
    Ok(())
}

#[test]
fn who_has_no_entry_or_no_valid_session_is_not() -> Result<(), Box<dyn Error>> {
    let no_entry = "no access entry for arn:aws:iam::111122223333:user/stranger";
    assert_eq!(review("AKIASTRANGER")?, json!({ "authenticated": false, "error": no_entry }));
    assert_eq!(review("AKIAEXPIRED")?, json!({ "authenticated": false, "error": "sts: 403 Forbidden" }));
    assert_eq!(review("AKIAUNKNOWN")?, json!({ "authenticated": false, "error": "sts: 403 Forbidden" }));
    Ok(())
}
