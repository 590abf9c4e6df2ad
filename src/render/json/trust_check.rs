//! From what `check-trust` found to its document of v1.

use super::v1;
use crate::reasoning::iam::place::line_and_column;
use crate::report::{ActionAnswer, AskedOfTrust, MissingInput, TrustClause, TrustReport};

impl v1::TrustCheck {
    /// Writes a report down.
    pub fn new(report: &TrustReport, tool_version: &str) -> Self {
        Self {
            api_version: v1::API_VERSION.to_owned(),
            kind: "TrustCheck".to_owned(),
            tool: super::convert::tool(tool_version, None),
            file: report.source.name.clone(),
            role_name: report.role_name.clone(),
            decision: report.decision.word().to_owned(),
            exit_code: report.decision.exit_code().0,
            summary: report.summary.clone(),
            request: request(&report.request),
            actions: report.actions.iter().map(action).collect(),
            clauses: report.clauses.iter().map(|one| clause(report, one)).collect(),
            missing_inputs: report.missing.iter().map(missing).collect(),
            notes: report.notes.clone(),
            remediation: report.remediation.iter().map(super::convert::remediation).collect(),
        }
    }
}

fn request(asked: &AskedOfTrust) -> v1::TrustRequest {
    let AskedOfTrust { principal, namespace, service_account, pod_name, pod_uid, .. } = asked.clone();
    let AskedOfTrust { cluster_arn, cluster_name, region, session_tags, external_id, .. } = asked.clone();
    v1::TrustRequest {
        principal,
        namespace,
        service_account,
        pod_name,
        pod_uid,
        cluster_arn,
        cluster_name,
        region,
        session_tags,
        external_id,
    }
}

fn action(answer: &ActionAnswer) -> v1::TrustAction {
    v1::TrustAction {
        action: answer.action.to_owned(),
        decision: answer.decision.word().to_owned(),
        explicit_deny: answer.is_explicit,
    }
}

fn clause(report: &TrustReport, clause: &TrustClause) -> v1::TrustClause {
    let span = clause.span.as_ref().filter(|_| report.source.is_own);
    let place = span.map(|span| line_and_column(&report.source.text, span.start));
    v1::TrustClause {
        place: clause.place.clone(),
        line: place.map(|(line, _)| line),
        column: place.map(|(_, column)| column),
        sid: clause.sid.clone(),
        actions: clause.actions.iter().map(|action| (*action).to_owned()).collect(),
        part: clause.part.word().to_owned(),
        says: clause.says.clone(),
        operator: clause.operator.clone(),
        key: clause.key.clone(),
        wanted: clause.wanted.clone(),
        found: clause.found.clone(),
    }
}

fn missing(input: &MissingInput) -> v1::MissingInput {
    v1::MissingInput { flag: input.flag.to_owned(), key: input.key.clone() }
}
