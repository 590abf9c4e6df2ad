//! What the played EKS Auth gives for a pod's token, and why it gives nothing; and the metadata service of a node.

use podid_doubles::aws::{Fault, Kind};
use serde_json::{Value, json};

use crate::support::client::Ask;
use crate::support::tokens::token;
use crate::support::world::{self, Caller, DEV, Outcome, start, start_trusting};

fn body(token: &str) -> String {
    json!({ "token": token }).to_string()
}

#[test]
fn a_pod_gets_a_session_that_the_other_services_know() -> Outcome {
    let aws = start_trusting()?;
    let answer = DEV.eks(&aws, "POST", "/clusters/prod/assume-role-for-pod-identity", &body(&token(&[])))?;
    let given = answer.json()?;
    assert_eq!(answer.status, 200, "{given}");
    assert_eq!(given["subject"], json!({ "namespace": "shop", "serviceAccount": "api" }));
    assert_eq!(given["podIdentityAssociation"]["associationId"], "a-api");
    let arn = given["assumedRoleUser"]["arn"].as_str().ok_or("no ARN")?;
    assert!(arn.starts_with("arn:aws:sts::111122223333:assumed-role/api/eks-prod-api-7c9f5d-"), "{arn}");
    let text = |name: &str| given["credentials"][name].as_str().unwrap_or_default().to_owned();
    let (key, session) = (text("accessKeyId"), text("sessionToken"));
    let pod = Caller { key: &key, region: "eu-west-1", token: &session };
    assert!(pod.sts(&aws, "Action=GetCallerIdentity")?.body.contains(arn));
    // The log of requests says whose token it was, and does not hold it.
    let input = &aws.requests()[0].input;
    assert!(input.contains("\"podUid\":\"u-1\"") && !input.contains("eyJ"), "{input}");
    Ok(())
}

#[test]
fn what_does_not_fit_is_refused() -> Outcome {
    let bound = |changes: Value| {
        let mut claims =
            json!({ "namespace": "shop", "pod": { "name": "p", "uid": "u" }, "serviceaccount": { "name": "api" } });
        for (name, value) in changes.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        token(&[("kubernetes.io", claims)])
    };
    for (cluster, token, trusts, status, code) in [
        ("prod", token(&[]), true, 200, ""),
        ("prod", token(&[]), false, 400, "AccessDeniedException"),
        ("dev", token(&[]), true, 404, "ResourceNotFoundException"),
        ("prod", bound(json!({ "namespace": "bank" })), true, 404, "ResourceNotFoundException"),
        ("prod", bound(json!({ "pod": null })), true, 400, "InvalidTokenException"),
        ("prod", token(&[("aud", json!(["sts.amazonaws.com"]))]), true, 400, "InvalidTokenException"),
        ("prod", token(&[("exp", json!(1))]), true, 400, "ExpiredTokenException"),
        ("prod", "no token".to_owned(), true, 400, "InvalidTokenException"),
    ] {
        let aws = if trusts { start_trusting()? } else { start()? };
        let reply =
            DEV.eks(&aws, "POST", &format!("/clusters/{cluster}/assume-role-for-pod-identity"), &body(&token))?;
        assert_eq!(
            (reply.status, reply.header("x-amzn-errortype").unwrap_or_default()),
            (status, code),
            "{}",
            reply.body
        );
    }
    let denied = Caller { key: "AKIAREAD", ..DEV };
    let reply = denied.eks(&start()?, "POST", "/clusters/prod/assume-role-for-pod-identity", &body(&token(&[])))?;
    assert_eq!((reply.status, reply.header("x-amzn-errortype")), (400, Some("AccessDeniedException")));
    Ok(())
}

#[test]
fn a_fault_befalls_the_pods_of_one_namespace() -> Outcome {
    let aws = start()?;
    aws.fault(Fault::on("eks-auth:*", Kind::Throttled).for_value("shop"));
    let ask = |token: &str| DEV.eks(&aws, "POST", "/clusters/prod/assume-role-for-pod-identity", &body(token));
    assert_eq!(ask(&token(&[]))?.status, 429);
    assert_ne!(ask(&token(&[("kubernetes.io", json!({ "namespace": "bank" }))]))?.status, 429);
    Ok(())
}

#[test]
fn the_metadata_service_knows_the_role_of_the_node_or_none() -> Outcome {
    let mut aws = start()?;
    let place = aws.listen_as_metadata(std::net::SocketAddr::from(([127, 0, 0, 1], 0)))?.to_string();
    let get = |target: &str| {
        Ask { method: "GET", target, headers: &[("x-aws-ec2-metadata-token", "t")], body: "" }.plain(&place)
    };
    let roles = "/latest/meta-data/iam/security-credentials/";
    assert_eq!(get(roles)?.status, 404);
    world::control(&aws, "PATCH", "state", r#"{"instanceProfile":{"roleName":"node","accessKey":"AKIADEV"}}"#)?;
    assert_eq!(get(roles)?.body, "node");
    assert_eq!(get(&format!("{roles}node"))?.json()?["AccessKeyId"], "AKIADEV");
    assert_eq!(get(&format!("{roles}other"))?.status, 404);
    assert_eq!(Ask { method: "GET", target: roles, headers: &[], body: "" }.plain(&place)?.status, 401);
    Ok(())
}
