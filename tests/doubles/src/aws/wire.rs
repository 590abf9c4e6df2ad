//! The form each service gives its answers and errors.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Map, Value};

use super::call::Service;
use super::refusal::Refusal;
use super::xml::Element;
use crate::http::Response;

/// What a call gives: JSON members or XML elements, as its service speaks.
#[derive(Debug, Clone)]
pub enum Output {
    /// The body of a JSON answer.
    Json(Value),
    /// The elements inside `<OPERATIONResult>`.
    Xml(Vec<Element>),
}

/// Forms the answer of a call.
pub fn answer(service: Service, operation: &str, output: Output) -> Response {
    match output {
        Output::Json(value) => named(Response::json(200, &value), &request_id()),
        Output::Xml(result) => {
            let id = request_id();
            let metadata = Element::new("ResponseMetadata").with("RequestId", &id);
            let result = Element::new(&format!("{operation}Result")).containing(result);
            let response = Element::new(&format!("{operation}Response")).attribute("xmlns", namespace(service));
            named(Response::new(200, "text/xml", response.containing([result, metadata]).to_string()), &id)
        }
    }
}

/// Forms an error: a header and a JSON body, or an XML document.
pub fn error(service: Service, refusal: &Refusal) -> Response {
    let id = request_id();
    if service.speaks_json() {
        let members = refusal.members.iter();
        let mut body: Map<String, Value> = members.map(|(name, value)| (name.clone(), value.clone().into())).collect();
        body.insert("message".into(), refusal.message.clone().into());
        if service == Service::CloudTrail {
            // This protocol has the code in the body.
            body.insert("__type".into(), refusal.code.clone().into());
        }
        return named(Response::json(refusal.status, &Value::Object(body)), &id)
            .with_header("x-amzn-errortype", &refusal.code);
    }
    let fault = if refusal.status < 500 { "Sender" } else { "Receiver" };
    let error = Element::new("Error").with("Type", fault).with("Code", &refusal.code).with("Message", &refusal.message);
    let response =
        Element::new("ErrorResponse").attribute("xmlns", namespace(service)).containing([error]).with("RequestId", &id);
    named(Response::new(refusal.status, "text/xml", response.to_string()), &id)
}

fn named(response: Response, id: &str) -> Response {
    response.with_header("x-amzn-requestid", id)
}

fn namespace(service: Service) -> &'static str {
    match service {
        Service::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
        _ => "https://sts.amazonaws.com/doc/2011-06-15/",
    }
}

/// Makes an id in the form of a UUID, one after the other.
fn request_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("00000000-0000-4000-8000-{:012x}", NEXT.fetch_add(1, Ordering::Relaxed))
}
