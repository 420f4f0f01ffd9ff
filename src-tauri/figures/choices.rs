//! What a question may choose from.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ReportError;
use super::question::{PreparedQuestion, Question};
use crate::store::{Connection, lead_metrics};

/// What a question may choose from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Choices {
    /// Campaigns of first touch.
    pub campaigns: Vec<String>,
    /// Reps as they are called here.
    pub reps: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
}

/// What the leads of the file can be chosen by.
///
/// # Errors
/// [`StoreError`](crate::store::StoreError) of the file.
pub fn choices(connection: &Connection, question: &Question) -> Result<Choices, ReportError> {
    let ready = PreparedQuestion::new(question, HashMap::new());
    let (mut campaigns, mut reps, mut tags) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    reps.extend(question.business.reps.iter().map(|rep| rep.name.clone()));
    lead_metrics::walk(connection, &[(i64::MIN, i64::MAX)], None, |_, facts| {
        let rep = ready.rep(facts.assigned.or(facts.agent));
        if let Some(campaign) = facts.campaign.filter(|campaign| !campaigns.contains(*campaign)) {
            campaigns.insert(campaign.to_string());
        }
        if let Some(rep) = rep.filter(|rep| !reps.contains(*rep)) {
            reps.insert(rep.to_string());
        }
        for tag in &facts.tags {
            if !tags.contains(*tag) {
                tags.insert(tag.to_string());
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(Choices {
        campaigns: campaigns.into_iter().collect(),
        reps: reps.into_iter().collect(),
        tags: tags.into_iter().collect(),
    })
}
