//! What is printed of a timeline.

use super::facts::{FactLines, Press, fact, phones, sentiment, wordy};
use super::{Day, Fact, JourneyStep, TimelineDoc, TimelineItem, TimelineView, Who};
use crate::domain::entry::Entry;
use crate::domain::event::Address;
use crate::domain::lead::Lead;
use crate::domain::phone::shown as phone;
use crate::figures::words::{ERASED, lasting, moment};

/// What is printed of a timeline.
pub fn document(told: &TimelineView) -> TimelineDoc {
    let mut doc = frame(told);
    for entry in &told.entries {
        let (day, item) = item_of(told, entry);
        match doc.days.last_mut().filter(|last| last.date == day.date) {
            Some(last) => last.items.push(item),
            None => doc.days.push(Day { items: vec![item], ..day }),
        }
    }
    doc
}

/// What is printed of an entry, and on which day, of which nothing else is there.
pub(super) fn item_of(told: &TimelineView, entry: &Entry) -> (Day, TimelineItem) {
    let press = Press { told, zone: told.zone() };
    let local = entry.at.with_timezone(&press.zone);
    let label = local.format("%A %-d %B %Y").to_string();
    (Day { date: local.date_naive(), label, items: Vec::new() }, press.item(entry))
}

/// What is printed around the days.
pub(super) fn frame(told: &TimelineView) -> TimelineDoc {
    let press = Press { told, zone: told.zone() };
    let who = press.who();
    let manifest = &told.manifest;
    let mut notes = vec!["Recordings are not part of this file: they are heard in Leadtrail.".to_string()];
    if manifest.redacted {
        notes.insert(
            0,
            "Names, numbers, e-mails, addresses and ids are covered, also within what was said and written. What people \
             tell about themselves and others may still say who they are."
                .into(),
        );
    }
    let counts =
        manifest.counts.iter().map(|(kind, n)| format!("{n} {}", kind_words(kind, *n))).collect::<Vec<_>>().join(", ");
    let mut lines = vec![
        fact("Business", &manifest.business),
        fact("Entries", &if counts.is_empty() { "none".to_string() } else { counts }),
        fact("Time zone", &manifest.time_zone),
    ];
    if let Some(as_of) = manifest.as_of {
        lines.push(fact("As known on", &moment(as_of, press.zone)));
    }
    lines.push(fact("Made", &format!("{} by Leadtrail {}", moment(manifest.made_at, press.zone), manifest.program)));
    lines.push(fact("Payloads read as version", &manifest.projection_version.to_string()));
    if let Some(lead_ref) = &manifest.lead_ref {
        lines.push(fact("Lead", lead_ref));
    }
    lines.retain(|line| !line.value.is_empty());
    TimelineDoc {
        title: if manifest.redacted { "Timeline, redacted".into() } else { format!("Timeline of {}", who.heading) },
        redacted: manifest.redacted,
        business: manifest.business.clone(),
        who,
        journey: press.journey(),
        days: Vec::new(),
        manifest: lines,
        notes,
    }
}

fn kind_words(kind: &str, n: i64) -> String {
    match (kind, n) {
        ("message", 1) => "text".into(),
        ("message", _) => "texts".into(),
        ("status", 1) => "status".into(),
        ("status", _) => "statuses".into(),
        ("contact", _) => "contact details".into(),
        (kind, 1) => kind.into(),
        (kind, _) => format!("{kind}s"),
    }
}

impl Press<'_> {
    fn who(&self) -> Who {
        let lead = &self.told.lead;
        let heading = match (&lead.name, lead.erased, self.told.manifest.redacted) {
            (_, true, _) => ERASED.to_string(),
            (_, _, true) => "Somebody".to_string(),
            (Some(name), ..) => name.clone(),
            (None, ..) => lead
                .phones
                .first()
                .map(|number| phone(number))
                .or(lead.emails.first().cloned())
                .unwrap_or_else(|| "Somebody".into()),
        };
        Who {
            heading,
            stage: lead.stage,
            stage_label: wordy(lead.stage.as_str()),
            stage_since: lead.stage_since.map(|at| self.at(at)),
            do_not_contact: lead.do_not_contact.then(|| match &lead.do_not_contact_reason {
                Some(reason) => format!("Do not contact: {reason}"),
                None => "Do not contact".into(),
            }),
            tags: lead.tags.clone(),
            facts: self.facts_of(lead),
        }
    }

    fn facts_of(&self, lead: &Lead) -> Vec<Fact> {
        let mut facts = FactLines::default();
        facts.add(if lead.phones.len() == 1 { "Number" } else { "Numbers" }, phones(&lead.phones));
        facts.add("E-mail", lead.emails.join(", "));
        let Address { street, city, state, zip, country } = &lead.address;
        let mut parts: Vec<String> = [street, city, state, zip, country].into_iter().flatten().cloned().collect();
        parts.dedup();
        facts.add("Address", parts.join(", "));
        facts.add("Their time zone", lead.time_zone.clone());
        facts.add("Looked after by", lead.rep.clone());
        let status = lead.status.as_ref().map(|status| match self.source(lead.status_source) {
            Some(source) => format!("“{status}” ({source})"),
            None => format!("“{status}”"),
        });
        facts.add("Status", status);
        facts.add("Closed because", lead.closed_reason.clone());
        facts.add("Outcome", lead.outcome.map(|outcome| wordy(outcome.as_str())));
        facts.add("Value", self.money(lead.value_cents));
        facts.add("Sentiment", lead.sentiment.as_ref().map(sentiment));
        facts.attribution(&lead.attribution);
        if lead.attribution.campaign != lead.campaign {
            facts.add("Campaign", lead.campaign.clone());
        }
        for appointment in &lead.appointments {
            let said = match appointment.at {
                Some(at) => self.at(at),
                None => appointment.text.clone(),
            };
            facts.add("Appointment", said);
        }
        facts.add("Next follow-up", lead.next_follow_up.map(|at| self.at(at)));
        for id in &lead.external_ids {
            facts.add(&wordy(&id.name), id.value.clone());
        }
        facts.map(&lead.custom);
        facts.add("First heard from", self.at(lead.first_seen));
        facts.add("Last activity", self.at(lead.last_activity));
        facts.0
    }

    fn journey(&self) -> Vec<JourneyStep> {
        let steps = &self.told.journey;
        steps
            .iter()
            .map(|step| JourneyStep {
                stage: step.stage,
                label: wordy(step.stage.as_str()),
                status: step.status.clone(),
                at: self.at(step.at),
                lasted: step.until.map(|until| lasting((until - step.at).num_seconds())),
                source: self.source(step.source),
            })
            .collect()
    }
}
