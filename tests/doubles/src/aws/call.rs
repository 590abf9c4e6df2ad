//! Reads a request as an AWS call: which service, which action, signed by whom, for which region.

use serde_json::{Map, Value};

use super::eks_auth;
use crate::http::Request;
use crate::percent;

/// A service that is played here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Amazon EKS: JSON over REST.
    Eks,
    /// EKS Auth: JSON over REST.
    EksAuth,
    /// IAM: forms in, XML out.
    Iam,
    /// STS: forms in, XML out.
    Sts,
    /// CloudTrail: JSON, with the operation in a header.
    CloudTrail,
}

impl Service {
    /// The prefix of its IAM actions.
    pub fn prefix(self) -> &'static str {
        match self {
            Service::Eks => "eks",
            Service::EksAuth => "eks-auth",
            Service::Iam => "iam",
            Service::Sts => "sts",
            Service::CloudTrail => "cloudtrail",
        }
    }

    /// Whether it speaks JSON, and not forms and XML.
    pub fn speaks_json(self) -> bool {
        matches!(self, Service::Eks | Service::EksAuth | Service::CloudTrail)
    }
}

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    /// The service called.
    pub service: Service,
    /// The operation, without the service; empty if there is none such.
    pub operation: String,
    /// The access key id that signed it.
    pub access_key: Option<String>,
    /// The session token sent along.
    pub session_token: Option<String>,
    /// The region it was signed for.
    pub region: String,
    /// The parameters: path, query and JSON body as one object, or the form.
    pub input: Map<String, Value>,
}

impl Call {
    /// Reads a request.
    pub fn read(request: &Request) -> Call {
        let signature = Signature::read(request);
        let service = service(request, signature.as_ref().map_or("", |signature| &signature.service));
        let (operation, input) = match service {
            Service::CloudTrail => targeted(request),
            _ if service.speaks_json() => rest(request),
            _ => form(request),
        };
        let token = request.header("x-amz-security-token").or_else(|| request.parameter("X-Amz-Security-Token"));
        Call {
            service,
            operation,
            access_key: signature.as_ref().map(|signature| signature.access_key.clone()),
            session_token: token.map(str::to_owned),
            region: signature.map_or_else(|| "us-east-1".to_owned(), |signature| signature.region),
            input,
        }
    }

    /// The IAM action: `eks:DescribeCluster`.
    pub fn action(&self) -> String {
        format!("{}:{}", self.service.prefix(), self.operation)
    }

    /// A text parameter; empty if it is missing.
    pub fn text(&self, name: &str) -> &str {
        self.input.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The members `NAME.member.1`, `NAME.member.2` … of a form.
    pub fn members(&self, name: &str) -> Vec<String> {
        let numbered = (1..).map(|number| self.text(&format!("{name}.member.{number}")));
        numbered.take_while(|value| !value.is_empty()).map(str::to_owned).collect()
    }
}

struct Signature {
    access_key: String,
    region: String,
    service: String,
}

impl Signature {
    /// Reads the credential scope, `KEY/DATE/REGION/SERVICE/aws4_request`, from the header or from a presigned URL.
    fn read(request: &Request) -> Option<Signature> {
        let header = request.header("authorization").and_then(|header| header.split_once("Credential="));
        let scope = header.map(|(_, rest)| rest.split([',', ' ']).next().unwrap_or(rest));
        let scope = scope.or_else(|| request.parameter("X-Amz-Credential"))?;
        let mut parts = scope.split('/');
        let access_key = parts.next()?.to_owned();
        let _date = parts.next()?;
        Some(Signature { access_key, region: parts.next()?.to_owned(), service: parts.next()?.to_owned() })
    }
}

/// An unsigned call is told apart by what only one of the services has.
fn service(request: &Request, signed_for: &str) -> Service {
    let path = &request.path;
    match signed_for {
        "iam" => Service::Iam,
        "sts" => Service::Sts,
        "cloudtrail" => Service::CloudTrail,
        _ if path.ends_with("/assume-role-for-pod-identity") => Service::EksAuth,
        _ if path.starts_with("/clusters") => Service::Eks,
        _ if String::from_utf8_lossy(&request.body).contains("Version=2010-05-08") => Service::Iam,
        "eks" => Service::Eks,
        _ => Service::Sts,
    }
}

fn form(request: &Request) -> (String, Map<String, Value>) {
    let body = percent::form(&String::from_utf8_lossy(&request.body));
    let all = request.query.iter().cloned().chain(body);
    let input: Map<String, Value> = all.map(|(name, value)| (name, Value::String(value))).collect();
    (input.get("Action").and_then(Value::as_str).unwrap_or_default().to_owned(), input)
}

/// The operations of EKS and EKS Auth: method, path, name. What stands in braces is a parameter.
const ROUTES: &[(&str, &str, &str)] = &[
    ("GET", "clusters", "ListClusters"),
    ("GET", "clusters/{name}", "DescribeCluster"),
    ("GET", "clusters/{name}/pod-identity-associations", "ListPodIdentityAssociations"),
    ("POST", "clusters/{name}/pod-identity-associations", "CreatePodIdentityAssociation"),
    ("GET", "clusters/{name}/pod-identity-associations/{associationId}", "DescribePodIdentityAssociation"),
    ("POST", "clusters/{name}/pod-identity-associations/{associationId}", "UpdatePodIdentityAssociation"),
    ("DELETE", "clusters/{name}/pod-identity-associations/{associationId}", "DeletePodIdentityAssociation"),
    ("GET", "clusters/{name}/addons", "ListAddons"),
    ("GET", "clusters/{name}/addons/{addonName}", "DescribeAddon"),
    ("GET", "clusters/{name}/node-groups", "ListNodegroups"),
    ("GET", "clusters/{name}/node-groups/{nodegroupName}", "DescribeNodegroup"),
    ("GET", "clusters/{name}/access-entries", "ListAccessEntries"),
    ("GET", "clusters/{name}/access-entries/{principalArn}", "DescribeAccessEntry"),
    ("POST", "clusters/{name}/assume-role-for-pod-identity", "AssumeRoleForPodIdentity"),
];

/// The operation is the last part of a header, the body its parameters.
fn targeted(request: &Request) -> (String, Map<String, Value>) {
    let target = request.header("x-amz-target").unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    (operation, serde_json::from_slice(&request.body).unwrap_or_default())
}

fn rest(request: &Request) -> (String, Map<String, Value>) {
    let path = request.path.trim_matches('/');
    let mut routes = ROUTES.iter().filter(|(method, ..)| *method == request.method);
    let found = routes.find_map(|(_, pattern, operation)| Some((*operation, parameters(pattern, path)?)));
    let (operation, parameters) = found.unwrap_or_default();
    let body: Map<String, Value> = serde_json::from_slice(&request.body).unwrap_or_default();
    let query = request.query.iter().map(|(name, value)| (name.clone(), Value::String(value.clone())));
    let input = body.into_iter().chain(query).chain(parameters).collect();
    (operation.to_owned(), eks_auth::without_token(input))
}

/// Gives the parameters of a path; `None` if it is not of the pattern.
fn parameters(pattern: &str, path: &str) -> Option<Map<String, Value>> {
    let mut found = Map::new();
    let mut segments = path.split('/');
    for part in pattern.split('/') {
        let segment = segments.next()?;
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => found.insert(name.to_owned(), percent::decode(segment).into()),
            None if part == segment => None,
            None => return None,
        };
    }
    segments.next().is_none().then_some(found)
}
