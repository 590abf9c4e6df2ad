//! A report under other names: the judgement of the true evidence, told with the stand-ins of the saved one.
//!
//! Every struct is taken apart by its fields, so that a field that is added later is not forgotten: it does not compile.

use super::redactor::Redactor;
use super::table::Level;
use crate::evidence::Gap;
use crate::evidence::context::{Detected, Typed};
use crate::evidence::reading::GapKind;
use crate::findings::Observation;
use crate::reasoning::credential_chain::{CredentialChain, Outcome, SeenSource, SeenState, Winner};
use crate::report::{
    Cause, CheckReport, ContainerReport, Excuse, Interval, MissingPermission, Moment, Report, ReportAssociation,
    ReportCluster, ReportContainer, ReportFinding, ReportRemediation, ReportTarget, Sample, Unverified,
};
use crate::target::Target;

/// Text that is replaced where it stands.
type Text<'t> = &'t mut String;

impl Redactor {
    /// Replaces in a report; what was judged stays as it is.
    pub fn report(&self, mut report: Report) -> Report {
        if self.level != Level::None {
            self.whole(&mut report);
        }
        report
    }

    /// Replaces in what was asked for.
    pub fn sample(&self, sample: Sample) -> Sample {
        let Sample { asked, namespace, judged, total, is_sample, left_out } = sample;
        if self.level == Level::None {
            return Sample { asked, namespace, judged, total, is_sample, left_out };
        }
        Sample {
            asked: self.text(&asked),
            namespace: namespace.map(|name| self.text(&name)),
            judged,
            total,
            is_sample,
            left_out,
        }
    }

    fn whole(&self, report: &mut Report) {
        let Report {
            tool_version: _,
            collected_at: _,
            duration_ms: _,
            target,
            cluster,
            mode: _,
            association,
            containers,
            verdict: _,
            exit_code: _,
            summary,
            is_proven: _,
            active,
            causes,
            timeline,
            checks,
            not_checked: _,
            missing_permissions,
            side_effects,
            requests: _,
            target_gap,
        } = report;
        self.target(target);
        self.cluster(cluster);
        self.association(association);
        for one in containers {
            self.container(one);
        }
        self.put(summary);
        for one in causes {
            self.cause(one);
        }
        for one in timeline {
            self.moment(one);
        }
        for one in checks {
            self.check(one);
        }
        for MissingPermission { system: _, permission, settles: _ } in missing_permissions {
            self.put(permission);
        }
        self.each(active);
        self.each(side_effects);
        self.gaps(target_gap);
    }

    fn put(&self, text: Text<'_>) {
        *text = self.text(text);
    }

    fn each<'t>(&self, texts: impl IntoIterator<Item = Text<'t>>) {
        texts.into_iter().for_each(|text| self.put(text));
    }

    fn target(&self, target: &mut ReportTarget) {
        let ReportTarget { target, uid, service_account, node, owner, from_template: _, has_unasked_log: _ } = target;
        let Target { kind: _, namespace, name, is_selected: _, is_written: _ } = target;
        self.each([namespace, name]);
        self.each([uid, service_account, node].into_iter().flatten());
        self.each(owner.as_mut().map(|(_, name)| name));
    }

    fn cluster(&self, cluster: &mut ReportCluster) {
        let ReportCluster { context, name, arn, region: _, account, version: _, platform_version: _, typed } = cluster;
        self.each([context, arn, account].into_iter().flatten());
        let Typed { kubeconfig, context, cluster, user, server, eks_cluster, region: _, aws_profile } = typed;
        self.each([kubeconfig, context, cluster, user, server, eks_cluster, aws_profile].into_iter().flatten());
        if let Some(Detected { value, source: _ }) = name {
            self.put(value);
        }
    }

    fn association(&self, association: &mut ReportAssociation) {
        let ReportAssociation {
            exists: _,
            id,
            role_arn,
            target_role_arn,
            has_session_tags: _,
            owner_arn,
            created_at: _,
            modified_at: _,
        } = association;
        self.each([id, role_arn, target_role_arn, owner_arn].into_iter().flatten());
    }

    fn container(&self, container: &mut ReportContainer) {
        let ReportContainer { name, kind: _, credential_chain } = container;
        self.put(name);
        let Some(CredentialChain { sources, winners }) = credential_chain else { return };
        for SeenSource { source: _, state, seen } in sources {
            self.each(seen);
            if let SeenState::Unknown(gap) = state {
                self.gap(gap);
            }
        }
        for Winner { sdk: _, outcome, if_refused, measured: _ } in winners {
            match outcome {
                Ok(outcome) => self.outcome(outcome),
                Err(gap) => self.gap(gap),
            }
            if let Some(outcome) = if_refused {
                self.outcome(outcome);
            }
        }
    }

    fn outcome(&self, outcome: &mut Outcome) {
        match outcome {
            Outcome::Stops(why) => self.put(why),
            Outcome::Takes { source: _, token: _ } | Outcome::Nothing => {}
        }
    }

    fn cause(&self, cause: &mut Cause) {
        let Cause { check: _, severity: _, suspected: _, summary, explains: _, interval, unverified, remediation } =
            cause;
        self.put(summary);
        if let Some(Interval { from, to }) = interval {
            self.moment(from);
            self.moment(to);
        }
        for Unverified { code: _, gap, permission } in unverified {
            self.gap(gap);
            self.each(permission.as_mut());
        }
        self.remedies(remediation);
    }

    fn moment(&self, moment: &mut Moment) {
        let Moment { time: _, milestone: _, object, source: _, field: _ } = moment;
        self.put(object);
    }

    fn check(&self, check: &mut CheckReport) {
        let CheckReport {
            check: _,
            severity: _,
            status: _,
            observed,
            because: _,
            reason,
            gap,
            permission,
            excused,
            containers,
            findings,
        } = check;
        self.each([observed, reason, permission].into_iter().flatten());
        self.each(excused.as_mut().map(|Excuse { words, is_of_pod: _ }| words));
        self.gaps(gap);
        for ContainerReport { name, status: _, because: _, reason, gap } in containers.iter_mut().flatten() {
            self.put(name);
            self.each(reason.as_mut());
            self.gaps(gap);
        }
        for one in findings {
            self.finding(one);
        }
    }

    fn finding(&self, finding: &mut ReportFinding) {
        let ReportFinding { severity: _, container, message, suspected: _, found, expected, observed, remediation } =
            finding;
        self.put(message);
        self.each([container, found, expected].into_iter().flatten());
        for Observation { source: _, field, value } in observed {
            self.each([field, value]);
        }
        self.remedies(remediation);
    }

    fn remedies(&self, remedies: &mut [ReportRemediation]) {
        for ReportRemediation { part: _, does, command, changes } in remedies {
            self.each([does, changes]);
            self.each(command.as_mut());
        }
    }

    fn gaps<'g>(&self, gaps: impl IntoIterator<Item = &'g mut Gap>) {
        for gap in gaps {
            self.gap(gap);
        }
    }

    fn gap(&self, gap: &mut Gap) {
        let Gap { source: _, reason: _, detail, kind } = gap;
        self.put(detail);
        match kind {
            Some(GapKind::RightsMissing(rights)) => self.each(rights.iter_mut()),
            Some(GapKind::LoginEnded(login)) => self.put(&mut login.profile),
            _ => {}
        }
    }
}
