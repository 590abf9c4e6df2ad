//! What the played AWS answers when nothing is wrong.

use podid_doubles::aws::State;
use serde_json::json;

use crate::support::client::Ask;
use crate::support::world::{Caller, DEV, Outcome, address, start};

#[test]
fn a_cluster_is_described_as_the_state_says() -> Outcome {
    let aws = start()?;
    let cluster = DEV.eks(&aws, "GET", "/clusters/prod", "")?.json()?["cluster"].take();
    assert_eq!(cluster["arn"], "arn:aws:eks:eu-west-1:111122223333:cluster/prod");
    assert_eq!(cluster["endpoint"], "https://127.0.0.1:16443");
    assert_eq!((&cluster["platformVersion"], &cluster["version"]), (&json!("eks.1"), &json!("1.34")));
    assert_eq!(cluster["createdAt"], json!(1_704_067_200.0));
    assert_eq!(cluster.get("logging"), None, "null takes a default away");
    Ok(())
}

#[test]
fn account_and_region_choose_the_cluster() -> Outcome {
    let aws = start()?;
    let other = Caller { key: "AKIAOTHER", ..DEV };
    assert_eq!(other.eks(&aws, "GET", "/clusters/prod", "")?.json()?["cluster"]["version"], "1.31");
    let china = Caller { region: "cn-north-1", ..DEV };
    let cluster = china.eks(&aws, "GET", "/clusters/prod", "")?.json()?["cluster"].take();
    assert_eq!(cluster["arn"], "arn:aws-cn:eks:cn-north-1:111122223333:cluster/prod");
    assert!(cluster["endpoint"].as_str().is_some_and(|host| host.ends_with(".eks.amazonaws.com.cn")));
    assert_eq!(DEV.eks(&aws, "GET", "/clusters", "")?.json()?, json!({ "clusters": ["prod"], "nextToken": null }));
    let elsewhere = Caller { region: "us-east-1", ..DEV };
    assert_eq!(elsewhere.eks(&aws, "GET", "/clusters/prod", "")?.status, 404);
    Ok(())
}

#[test]
fn add_on_and_node_group_are_described() -> Outcome {
    let aws = start()?;
    let addon = DEV.eks(&aws, "GET", "/clusters/prod/addons/eks-pod-identity-agent", "")?.json()?;
    assert_eq!(addon["addon"]["status"], "DEGRADED");
    assert_eq!(addon["addon"]["health"], json!({ "issues": [] }));
    let group = DEV.eks(&aws, "GET", "/clusters/prod/node-groups/workers", "")?.json()?;
    assert_eq!(group["nodegroup"]["nodeRole"], "arn:aws:iam::111122223333:role/workers");
    Ok(())
}

#[test]
fn an_association_lives_from_create_to_delete() -> Outcome {
    let aws = start()?;
    let list = "/clusters/prod/pod-identity-associations";
    let body = r#"{"namespace":"shop","serviceAccount":"web","roleArn":"r","tags":{"a":"b"},"clientRequestToken":"t"}"#;
    let made = DEV.eks(&aws, "POST", list, body)?.json()?["association"].take();
    let one = format!("{list}/{}", made["associationId"].as_str().unwrap_or_default());
    assert_eq!((&made["tags"]["a"], &made["clusterName"]), (&json!("b"), &json!("prod")));
    assert_eq!(made["createdAt"], made["modifiedAt"]);
    assert_eq!(DEV.eks(&aws, "GET", &one, "")?.json()?["association"], made);
    let again = DEV.eks(&aws, "POST", list, body)?;
    assert_eq!((again.status, again.header("x-amzn-errortype")), (409, Some("ResourceInUseException")));
    // A clock may stand still for some milliseconds.
    std::thread::sleep(std::time::Duration::from_millis(20));
    let changed = DEV.eks(&aws, "POST", &one, r#"{"roleArn":"s","targetRoleArn":"t"}"#)?.json()?["association"].take();
    assert_eq!((&changed["roleArn"], &changed["targetRoleArn"]), (&json!("s"), &json!("t")));
    assert!(changed["externalId"].is_string() && changed["modifiedAt"].as_f64() > made["modifiedAt"].as_f64());
    assert_eq!(DEV.eks(&aws, "DELETE", &one, "")?.status, 200);
    assert_eq!(DEV.eks(&aws, "GET", &one, "")?.status, 404);
    let new = DEV.eks(&aws, "POST", list, body)?.json()?["association"].take();
    assert_ne!(new["associationId"], made["associationId"], "made again, it is another one");
    Ok(())
}

#[test]
fn lists_are_filtered_and_come_in_pages_of_a_hundred() -> Outcome {
    let aws = start()?;
    let list = "/clusters/prod/pod-identity-associations";
    aws.change(|state| {
        let Some(cluster) = state.cluster_mut("111122223333", "eu-west-1", "prod") else { return };
        let first = cluster.associations[0].clone();
        for number in 0..250 {
            let mut more = first.clone();
            (more.service_account, more.association_id) = (format!("sa-{number}"), String::new());
            cluster.associations.push(more);
        }
    })?;
    let (mut names, mut pages, mut token) = (Vec::new(), 0, String::new());
    loop {
        let page = DEV.eks(&aws, "GET", &format!("{list}?namespace=shop&nextToken={token}"), "")?.json()?;
        let found = page["associations"].as_array().into_iter().flatten();
        let before = names.len();
        names.extend(found.map(|association| association["serviceAccount"].to_string()));
        pages += 1;
        assert_eq!(names.len() - before, if pages < 3 { 100 } else { 51 });
        match page["nextToken"].as_str() {
            Some(next) => token = next.replace('=', "%3D"),
            None => break,
        }
    }
    assert_eq!((names.len(), pages), (251, 3));
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 251, "no association twice");
    let found = DEV.eks(&aws, "GET", &format!("{list}?namespace=shop&serviceAccount=api&maxResults=1"), "")?.json()?;
    assert_eq!(found["associations"][0]["associationId"], "a-api");
    assert_eq!(found["associations"][0].get("roleArn"), None, "a summary has no role");
    assert_eq!(DEV.eks(&aws, "GET", &format!("{list}?namespace=else"), "")?.json()?["associations"], json!([]));
    for wrong in ["maxResults=0", "maxResults=101", "maxResults=x", "nextToken=x"] {
        assert_eq!(DEV.eks(&aws, "GET", &format!("{list}?{wrong}"), "")?.status, 400, "{wrong}");
    }
    Ok(())
}

#[test]
fn a_role_lives_from_create_to_delete() -> Outcome {
    let aws = start()?;
    let role = DEV.iam(&aws, "Action=GetRole&RoleName=api")?;
    assert!(role.body.contains("<Arn>arn:aws:iam::111122223333:role/api</Arn>"), "{}", role.body);
    assert!(role.body.contains("<AssumeRolePolicyDocument>%7B%22Statement%22%3A%5B%7B"), "{}", role.body);
    let create =
        "Action=CreateRole&RoleName=new&Path=%2Fteam%2F&AssumeRolePolicyDocument=%7B%22Statement%22%3A%5B%5D%7D";
    assert!(DEV.iam(&aws, create)?.body.contains("role/team/new</Arn>"));
    assert!(DEV.iam(&aws, create)?.body.contains("<Code>EntityAlreadyExists</Code>"));
    let update = "Action=UpdateAssumeRolePolicy&RoleName=new&PolicyDocument=";
    assert!(DEV.iam(&aws, &format!("{update}nonsense"))?.body.contains("<Code>MalformedPolicyDocument</Code>"));
    assert_eq!(DEV.iam(&aws, &format!("{update}%7B%22Statement%22%3A%7B%22Sid%22%3A%22x%22%7D%7D"))?.status, 200);
    assert!(DEV.iam(&aws, "Action=GetRole&RoleName=new")?.body.contains("%22Sid%22"));
    assert_eq!(DEV.iam(&aws, "Action=DeleteRole&RoleName=new")?.status, 200);
    assert!(DEV.iam(&aws, "Action=GetRole&RoleName=new")?.body.contains("<Code>NoSuchEntity</Code>"));
    Ok(())
}

#[test]
fn a_simulation_says_what_the_role_may() -> Outcome {
    let aws = start()?;
    let simulate = |role: &str| {
        let actions = "ActionNames.member.1=eks-auth%3AAssumeRoleForPodIdentity&ActionNames.member.2=s3%3AGetObject\
                       &ActionNames.member.3=ec2%3ARunInstances";
        DEV.iam(&aws, &format!("Action=SimulatePrincipalPolicy&PolicySourceArn={role}&{actions}"))
    };
    let decisions = |body: &str| -> Vec<String> {
        let parts = body.split("<EvalDecision>").skip(1);
        parts.filter_map(|part| part.split_once('<')).map(|(decision, _)| decision.to_owned()).collect()
    };
    let node = simulate("arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fnodes%2Fnode")?;
    assert_eq!(decisions(&node.body), ["allowed", "implicitDeny", "explicitDeny"]);
    let api = simulate("arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fapi")?;
    assert_eq!(decisions(&api.body), ["allowed", "allowed", "allowed"]);
    assert_eq!(simulate("arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fgone")?.status, 404);
    Ok(())
}

#[test]
fn the_caller_is_named_also_by_a_presigned_url() -> Outcome {
    let aws = start()?;
    let named = DEV.sts(&aws, "Action=GetCallerIdentity")?;
    assert!(named.body.contains("<Account>111122223333</Account>") && named.body.contains("<UserId>AIDADEV</UserId>"));
    let target = "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256\
                  &X-Amz-Credential=AKIAOTHER%2F20261121%2Feu-west-1%2Fsts%2Faws4_request&X-Amz-Expires=60";
    let presigned = Ask { method: "GET", target, headers: &[("x-k8s-aws-id", "prod")], body: "" };
    assert!(presigned.plain(&address(&aws))?.body.contains("<Arn>arn:aws:iam::444455556666:user/dev</Arn>"));
    Ok(())
}

#[test]
fn an_assumed_role_has_credentials_of_its_own() -> Outcome {
    let aws = start()?;
    let assume = "Action=AssumeRole&RoleSessionName=me&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2F";
    let answer = DEV.sts(&aws, &format!("{assume}nodes%2Fnode"))?.body;
    let between = |tag: &str| {
        let (_, rest) = answer.split_once(&format!("<{tag}>"))?;
        rest.split_once('<').map(|(text, _)| text.to_owned())
    };
    let (key, token) = (between("AccessKeyId").unwrap_or_default(), between("SessionToken").unwrap_or_default());
    let session = Caller { key: &key, token: &token, ..DEV };
    let named = session.sts(&aws, "Action=GetCallerIdentity")?.body;
    assert!(named.contains("<Arn>arn:aws:sts::111122223333:assumed-role/node/me</Arn>"), "{named}");
    assert_eq!(session.eks(&aws, "GET", "/clusters/prod", "")?.status, 403, "the role's own actions count");
    let gone = DEV.sts(&aws, &format!("{assume}gone"))?;
    assert!(gone.status == 403 && gone.body.contains("is not authorized to perform: sts:AssumeRole on resource: "));
    Ok(())
}

#[test]
fn a_state_is_read_from_json_too_and_mistakes_are_named() {
    assert!(State::read(r#"{"accounts": {"1": {"roles": {}}}}"#).is_ok());
    assert!(State::read("accounts: {x: {clusters: {}}}").is_err_and(|error| error.contains("clusters")));
}
