//! Counts and traces each request to AWS: method, address and operation, never headers or bodies; and bounds the answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

use http_body_util::Limited;

use crate::evidence::kubernetes::environment::without_secrets;

/// The longest answer that is read, in bytes; a page of anything that is asked for is a hundredth of it.
pub(super) const LONGEST: usize = 8 << 20;

/// An interceptor that all clients of one access share.
#[derive(Debug, Clone)]
pub(super) struct RequestRecorder {
    requests: Arc<AtomicUsize>,
}

/// A request on its way. It is noted before it leaves, because afterwards it is gone.
#[derive(Debug)]
struct Sent {
    line: String,
    at: Instant,
}

impl Storable for Sent {
    type Storer = StoreReplace<Self>;
}

impl RequestRecorder {
    pub(super) fn new(requests: Arc<AtomicUsize>) -> Self {
        Self { requests }
    }
}

impl Intercept for RequestRecorder {
    fn name(&self) -> &'static str {
        "RequestRecorder"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let operation = config.load::<Metadata>().map_or("", Metadata::name).to_owned();
        let request = context.request();
        let line = format!("{} {operation} {}", request.method(), address(request.uri()));
        config.interceptor_state().store_put(Sent { line, at: Instant::now() });
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().body_mut();
        let whole = std::mem::replace(body, SdkBody::taken());
        *body = SdkBody::from_body_1_x(Limited::new(whole, LONGEST));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let outcome = context.response().map_or("no answer".to_owned(), |answer| answer.status().to_string());
        if let Some(Sent { line, at }) = config.load::<Sent>() {
            tracing::info!(target: "podid::request", "{line} → {outcome} in {:.0?}", at.elapsed());
        }
        Ok(())
    }
}

/// An address without what may be a password before the host; the path of a call is no secret.
fn address(uri: &str) -> String {
    let path = uri.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let server = uri.strip_suffix(path).unwrap_or(uri);
    format!("{}/{path}", without_secrets(server).trim_end_matches('/'))
}
