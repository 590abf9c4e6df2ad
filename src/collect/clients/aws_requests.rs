//! Counts and traces each request to AWS: method and address, never headers or bodies.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// An interceptor that all clients of one access share.
#[derive(Debug, Clone)]
pub(super) struct RequestRecorder {
    requests: Arc<AtomicUsize>,
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
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(request) = context.request() {
            let outcome = context.response().map_or("no answer".to_owned(), |answer| answer.status().to_string());
            tracing::debug!(target: "podid::request", "{} {} → {outcome}", request.method(), request.uri());
        }
        Ok(())
    }
}
