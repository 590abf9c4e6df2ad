//! A response body that can promise more than it gives, or give it very slowly.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::{Interval, interval};

/// How much of a body comes, and how fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// All of it at once.
    Whole,
    /// Half of it, and then the connection ends.
    Half,
    /// A byte a second.
    Trickle,
}

/// A body that may break off in the middle of what it promised.
pub struct Outgoing {
    data: Option<Bytes>,
    missing: u64,
    flushed: bool,
    ticks: Option<Interval>,
}

impl Outgoing {
    /// Makes a body that comes at a pace. Inside a runtime.
    pub fn new(body: Vec<u8>, pace: Pace) -> Outgoing {
        let mut data = Bytes::from(body);
        let whole = data.len() as u64;
        if pace == Pace::Half {
            data.truncate(data.len() / 2);
        }
        Outgoing {
            missing: whole - data.len() as u64,
            data: Some(data).filter(|d| !d.is_empty()),
            flushed: false,
            ticks: (pace == Pace::Trickle).then(|| interval(std::time::Duration::from_secs(1))),
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(ticks) = &mut self.ticks {
            std::task::ready!(ticks.poll_tick(context));
            let byte = self.data.as_mut().map(|data| data.split_to(1));
            self.data = self.data.take().filter(|data| !data.is_empty());
            return Poll::Ready(byte.map(|byte| Ok(Frame::data(byte))));
        }
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
