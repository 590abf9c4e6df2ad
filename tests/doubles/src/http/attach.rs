//! An attach of Kubernetes over a web socket: waits for a line, prints, and ends well.
//!
//! Source: `k8s.io/apimachinery/pkg/util/httpstream/wsstream`: the first byte of a message is its channel.

use std::io;

use futures_util::{SinkExt as _, StreamExt as _};
use hyper::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::body::{Outgoing, Pace};

/// The channels of a process: what it is told, what it prints, and how it ended.
const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STATUS: u8 = 3;
/// The protocol.
const PROTOCOL: &str = "v5.channel.k8s.io";

/// Answers that the connection changes, and speaks over it from then on.
pub(super) fn begin(upgrade: OnUpgrade, key: &str, printed: Vec<u8>) -> io::Result<hyper::Response<Outgoing>> {
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
            // An error is a client that hung up.
            speak(socket, printed).await.ok();
        }
    });
    hyper::Response::builder()
        .status(101)
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_ACCEPT, derive_accept_key(key.as_bytes()))
        .header(SEC_WEBSOCKET_PROTOCOL, PROTOCOL)
        .body(Outgoing::new(Vec::new(), Pace::Whole))
        .map_err(io::Error::other)
}

async fn speak<S>(mut socket: WebSocketStream<S>, printed: Vec<u8>) -> Result<(), tokio_tungstenite::tungstenite::Error>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let mut heard = Vec::new();
    while !heard.contains(&b'\n') {
        match socket.next().await {
            Some(Ok(Message::Binary(message))) if message.first() == Some(&STDIN) => {
                heard.extend_from_slice(&message[1..]);
            }
            Some(Ok(_)) => {}
            _ => return Ok(()),
        }
    }
    let on = |channel: u8, bytes: &[u8]| Message::binary([&[channel], bytes].concat());
    socket.send(on(STDOUT, &printed)).await?;
    socket.send(on(STATUS, br#"{"metadata":{},"status":"Success"}"#)).await?;
    socket.close(None).await
}
