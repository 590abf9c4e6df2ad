//! Errors of the played AWS, in the form AWS's own clients expect of each service.

use podid_doubles::aws::{Fault, Kind};
use serde_json::json;

use crate::support::client::{Ask, Reply};
use crate::support::world::{Caller, DEV, Outcome, address, start};

/// Gives status, code and message of a JSON error.
fn of_json(reply: &Reply) -> Result<(u16, String, String), Box<dyn std::error::Error>> {
    let code = reply.header("x-amzn-errortype").unwrap_or_default();
    Ok((reply.status, code.to_owned(), reply.json()?["message"].as_str().unwrap_or_default().to_owned()))
}

/// Gives status, code and message of an XML error.
fn of_xml(reply: &Reply) -> (u16, String, String) {
    let text = |tag: &str| {
        let (_, rest) = reply.body.split_once(&format!("<{tag}>"))?;
        rest.split_once('<').map(|(text, _)| text.to_owned())
    };
    (reply.status, text("Code").unwrap_or_default(), text("Message").unwrap_or_default())
}

fn expected(status: u16, code: &str, message: &str) -> (u16, String, String) {
    (status, code.to_owned(), message.to_owned())
}

#[test]
fn what_is_missing_is_named() -> Outcome {
    let aws = start()?;
    for (target, message, member) in [
        ("/clusters/gone", "No cluster found for name: gone.", ("clusterName", "gone")),
        ("/clusters/gone/pod-identity-associations", "No cluster found for name: gone.", ("clusterName", "gone")),
        ("/clusters/prod/addons/gone", "No addon: gone found in cluster: prod", ("addonName", "gone")),
        ("/clusters/prod/node-groups/gone", "No node group found for name: gone.", ("nodegroupName", "gone")),
        (
            "/clusters/prod/pod-identity-associations/a-gone",
            "No pod identity association found for id: a-gone.",
            ("clusterName", "prod"),
        ),
    ] {
        let reply = DEV.eks(&aws, "GET", target, "")?;
        assert_eq!(of_json(&reply)?, expected(404, "ResourceNotFoundException", message));
        assert_eq!(reply.json()?[member.0], member.1, "{target}");
    }
    let role = DEV.iam(&aws, "Action=GetRole&RoleName=gone")?;
    assert_eq!(of_xml(&role), expected(404, "NoSuchEntity", "The role with name gone cannot be found."));
    Ok(())
}

#[test]
fn an_action_that_is_not_listed_is_denied() -> Outcome {
    let aws = start()?;
    let reader = Caller { key: "AKIAREAD", ..DEV };
    assert_eq!(reader.eks(&aws, "GET", "/clusters/prod", "")?.status, 200);
    assert_eq!(reader.sts(&aws, "Action=GetCallerIdentity")?.status, 200);
    let denied = "User: arn:aws:iam::111122223333:user/read is not authorized to perform: ";
    let list = reader.eks(&aws, "GET", "/clusters/prod/pod-identity-associations", "")?;
    let (status, code, message) = of_json(&list)?;
    assert_eq!((status, code.as_str()), (403, "AccessDeniedException"));
    let resource = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
    assert!(
        message.starts_with(&format!("{denied}eks:ListPodIdentityAssociations on resource: {resource} ")),
        "{message}"
    );
    let (status, code, message) = of_xml(&reader.iam(&aws, "Action=GetRole&RoleName=gone")?);
    assert_eq!((status, code.as_str()), (403, "AccessDenied"), "denied goes before missing");
    let barred = Caller { key: "AKIABARRED", ..DEV };
    assert_eq!(barred.eks(&aws, "GET", "/clusters", "")?.status, 403);
    assert_eq!(barred.eks(&aws, "GET", "/clusters/prod", "")?.status, 200);
    assert!(message.starts_with(&format!("{denied}iam:GetRole on resource: role gone ")), "{message}");
    Ok(())
}

#[test]
fn credentials_are_judged_before_all_else() -> Outcome {
    let aws = start()?;
    let (expired, invalid) = (
        "The security token included in the request is expired",
        "The security token included in the request is invalid.",
    );
    for (key, token, json_code, xml_code, message) in [
        ("ASIAOLD", "", "ExpiredTokenException", "ExpiredToken", expired),
        ("AKIANOBODY", "", "UnrecognizedClientException", "InvalidClientTokenId", invalid),
        ("ASIASESSION", "wrong", "UnrecognizedClientException", "InvalidClientTokenId", invalid),
    ] {
        let caller = Caller { key, token, ..DEV };
        assert_eq!(of_json(&caller.eks(&aws, "GET", "/clusters/gone", "")?)?, expected(403, json_code, message));
        assert_eq!(of_xml(&caller.iam(&aws, "Action=GetRole&RoleName=gone")?), expected(403, xml_code, message));
        assert_eq!(of_xml(&caller.sts(&aws, "Action=GetCallerIdentity")?), expected(403, xml_code, message));
    }
    let right = Caller { key: "ASIASESSION", token: "right", ..DEV };
    assert_eq!(right.eks(&aws, "GET", "/clusters/prod", "")?.status, 200);
    let unsigned = Ask { method: "GET", target: "/clusters/prod", headers: &[], body: "" };
    assert_eq!(of_json(&unsigned.plain(&address(&aws))?)?.1, "MissingAuthenticationTokenException");
    Ok(())
}

#[test]
fn a_fault_takes_the_form_of_the_service() -> Outcome {
    let aws = start()?;
    for (kind, json_error, xml_error) in [
        (Kind::Throttled, (429, "ThrottlingException", "Rate exceeded"), (400, "Throttling", "Rate exceeded")),
        (Kind::ExpiredToken, (403, "ExpiredTokenException", ""), (403, "ExpiredToken", "")),
        (Kind::UnknownKey, (403, "UnrecognizedClientException", ""), (403, "InvalidClientTokenId", "")),
        (
            Kind::AccessDenied { message: Some("with an explicit deny".into()) },
            (403, "AccessDeniedException", "with an explicit deny"),
            (403, "AccessDenied", "with an explicit deny"),
        ),
        (
            Kind::Error { status: 503, code: "ServiceUnavailable".into(), message: "later".into() },
            (503, "ServiceUnavailable", "later"),
            (503, "ServiceUnavailable", "later"),
        ),
    ] {
        aws.clear_faults();
        aws.fault(Fault::on("*", kind.clone()));
        for (found, wanted) in [
            (of_json(&DEV.eks(&aws, "GET", "/clusters/prod", "")?)?, json_error),
            (of_xml(&DEV.iam(&aws, "Action=GetRole&RoleName=api")?), xml_error),
            (of_xml(&DEV.sts(&aws, "Action=GetCallerIdentity")?), xml_error),
        ] {
            assert_eq!((found.0, found.1.as_str()), (wanted.0, wanted.1), "{kind:?}");
            assert!(found.2.starts_with(wanted.2), "{kind:?}: {}", found.2);
        }
    }
    Ok(())
}

#[test]
fn unknown_operations_are_said_to_be_unknown() -> Outcome {
    let aws = start()?;
    assert_eq!(of_json(&DEV.eks(&aws, "GET", "/addons/supported-versions", "")?)?.1, "UnknownOperationException");
    assert_eq!(of_json(&DEV.eks(&aws, "PUT", "/clusters/prod", "")?)?.1, "UnknownOperationException");
    assert_eq!(of_xml(&DEV.iam(&aws, "Action=ListUsers")?).1, "InvalidAction");
    let incomplete = DEV.eks(&aws, "POST", "/clusters/prod/pod-identity-associations", r#"{"namespace":"shop"}"#)?;
    assert_eq!(incomplete.json()?, json!({ "message": "serviceAccount is required" }));
    Ok(())
}
