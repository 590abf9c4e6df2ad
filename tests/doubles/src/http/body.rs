//! A response body that can promise more than it gives.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};

/// A body that may break off in the middle of what it promised.
pub struct Outgoing {
    data: Option<Bytes>,
    missing: u64,
    flushed: bool,
}

impl Outgoing {
    /// Makes a body, whole or to be broken off half way.
    pub fn new(body: Vec<u8>, half: bool) -> Outgoing {
        let mut data = Bytes::from(body);
        let whole = data.len() as u64;
        if half {
            data.truncate(data.len() / 2);
        }
        Outgoing { missing: whole - data.len() as u64, data: Some(data).filter(|d| !d.is_empty()), flushed: false }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if self.missing == 0 {
            return Poll::Ready(None);
        }
        // What was written so far leaves only while the body makes the connection wait.
        if !std::mem::replace(&mut self.flushed, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_none() && self.missing == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.data.as_ref().map_or(0, |d| d.len() as u64) + self.missing)
    }
}
