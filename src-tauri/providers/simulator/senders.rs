//! The bodies, as each service writes them (the fields of providers.md).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::people::{InventedPerson, SpokenLine, summary, talk};
use super::{STAFF, SimulatedRequest, Story, speech};
use crate::providers::{Headers, Provider};
use crate::zone::Tz;

/// Tracking numbers of the business, and the line behind them.
pub(super) const CALLRAIL_LINE: &str = "+14045550190";
pub(super) const TELMETRICS_LINE: &str = "8335550191";
pub(super) const OFFICE: &str = "+14045550199";
const VOICE_LINE: &str = "14045550193";

/// How a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallEnding {
    Booked,
    Talked,
    Missed,
    Voicemail,
}

impl CallEnding {
    pub fn answered(self) -> bool {
        matches!(self, CallEnding::Booked | CallEnding::Talked)
    }
}

fn iso(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn millis(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn eastern(at: DateTime<Utc>) -> String {
    at.with_timezone(&Tz::NEW_YORK).format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}

impl Story {
    fn send(&mut self, provider: Provider, event: Option<&'static str>, body: &Value, at: DateTime<Utc>) {
        let body = match provider {
            Provider::CuriousThing | Provider::Telmetrics => serde_json::to_string_pretty(body),
            _ => serde_json::to_string(body),
        };
        let mut headers = Headers::default();
        if provider == Provider::Varda {
            headers.0.push(("X-Varda-Delivery".into(), format!("dlv_{}", self.next())));
        }
        if let Ok(body) = body {
            self.sent.push(SimulatedRequest { provider, event, body, at, headers });
        }
    }

    fn attribution(&mut self) -> (&'static str, &'static str, &'static str) {
        self.pick(&[
            ("google_ads", "cpc", "spring-sale"),
            ("google", "organic", ""),
            ("facebook", "paid_social", "kitchens-atlanta"),
            ("bing", "cpc", "brand"),
            ("direct", "", ""),
        ])
    }

    /// Seconds that a talk lasts: from `low` to `high` where it is short.
    fn length(&mut self, low: i64, high: i64) -> i64 {
        if self.is_long() { speech::length(&mut self.chance) } else { self.chance.i64(low..high) }
    }

    /// What is said in a call of so many seconds.
    fn talk(&mut self, who: &InventedPerson, agent: &str, booked: bool, seconds: i64) -> Vec<SpokenLine> {
        let mut begins = talk(&mut self.chance, who, agent, booked);
        if !self.is_long() {
            return begins;
        }
        let mut ends = begins.split_off(self.chance.usize(2..6));
        let ends = ends.split_off(ends.len() - if booked { 3 } else { 2 });
        speech::talk(&mut self.chance, seconds, begins, ends)
    }

    fn summary(&mut self, who: &InventedPerson, agent: &str, booked: bool) -> String {
        let summary = summary(who, agent, booked);
        if self.is_long() { format!("{summary} {}", speech::paragraph(&mut self.chance, 0..3)) } else { summary }
    }

    /// `words` as they are, or over the years what others would write.
    fn written(&mut self, words: &str) -> String {
        let other = self.is_long() && words != "STOP" && !self.one_in(4);
        if other { speech::message(&mut self.chance) } else { words.to_string() }
    }

    /// A call through a CallRail number: Pre-Call, routing, Post-Call, and often a change after it.
    pub(super) fn callrail_call(&mut self, ended: CallEnding, outbound: bool) {
        let start = self.at;
        let agent = self.pick(&STAFF);
        let id = self.token("CAL");
        let seconds = if ended.answered() { self.length(95, 420) } else { self.chance.i64(9..28) };
        let (source, medium, campaign) = self.attribution();
        let base = json!({
            "resource_id": id, "company_resource_id": "COM834847e9f4bb4f9h8ll29eb173fe658e", "company_name": super::BUSINESS,
            "company_time_zone": "America/New_York", "person_resource_id": self.who.person_token,
            "tracker_resource_id": "TRK07a1c5d2e9", "answered": false, "business_phone_number": "", "call_type": "missed",
            "created_at": eastern(start), "start_time": eastern(start), "timestamp": eastern(start),
            "customer_city": self.who.city.0, "customer_country": "US", "customer_state": self.who.city.1,
            "customer_name": self.who.caller_id(), "customer_phone_number": self.who.phone,
            "direction": if outbound { "outbound" } else { "inbound" }, "duration": "0", "first_call": !outbound && self.is_new(),
            "formatted_duration": "0s", "formatted_tracking_phone_number": "404-555-0190", "prior_calls": 0,
            "total_calls": 1, "tracking_phone_number": CALLRAIL_LINE, "voicemail": false, "source_name": source,
        });
        let with = |more: Value| {
            let mut all = base.clone();
            if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
                all.extend(more);
            }
            all
        };
        if !outbound {
            self.send(Provider::CallRail, Some("pre_call"), &base, start + TimeDelta::seconds(1));
            if ended.answered() {
                let routed = with(json!({ "business_phone_number": OFFICE }));
                self.send(Provider::CallRail, Some("call_routing_complete"), &routed, start + TimeDelta::seconds(8));
            }
        }
        let who = self.who.clone();
        let turns = spoken(&self.talk(&who, agent, ended == CallEnding::Booked, seconds), seconds);
        let transcript: Vec<Value> = turns
            .iter()
            .map(|(at, by_agent, words)| json!({ "speaker": if *by_agent { "agent" } else { "caller" }, "phrase": words, "start": at }))
            .collect();
        let recording =
            format!("https://app.callrail.com/calls/{id}/recording/redirect?access_key={:016x}", self.chance.u64(..));
        let call_type = match (ended, outbound) {
            (_, true) => "outbound",
            (CallEnding::Booked | CallEnding::Talked, _) => "answered",
            (CallEnding::Missed, _) => "abandoned",
            (CallEnding::Voicemail, _) => "voicemail",
        };
        let answered = ended.answered();
        let words = if answered { transcript } else { Vec::new() };
        let post = with(json!({
            "answered": answered, "business_phone_number": OFFICE, "call_type": call_type, "duration": seconds.to_string(),
            "formatted_duration": format!("{}m {}s", seconds / 60, seconds % 60), "voicemail": ended == CallEnding::Voicemail,
            "agent_email": answered.then_some(agent), "recording": if answered || ended == CallEnding::Voicemail { recording.as_str() } else { "" },
            "recording_duration": seconds, "call_summary": if answered { self.summary(&who, agent, ended == CallEnding::Booked) } else { String::new() },
            "conversational_transcript": words, "transcription": "", "sentiment": if answered { self.pick(&["positive", "neutral", "positive", "negative"]) } else { "" },
            "keywords_spotted": if answered { json!([{ "keyword": "quote", "locations": [{ "speaker": "caller", "start": seconds as f64 * 0.4 }] }]) } else { json!("") },
            "lead_status": if ended == CallEnding::Booked { json!("good_lead") } else { Value::Null }, "note": "", "tags": [], "value": "",
            "medium": medium, "campaign": campaign, "utm_source": source, "utm_medium": medium, "utm_campaign": campaign,
            "landing_page_url": format!("https://northgate.example/{}", who.job.0.replace(' ', "-")), "gclid": if medium == "cpc" { "CjwKCAjw" } else { "" },
        }));
        let event = if outbound { "outbound_post_call" } else { "post_call" };
        let done = start + TimeDelta::seconds(seconds) + TimeDelta::seconds(self.chance.i64(40..600));
        self.send(Provider::CallRail, Some(event), &post, done);
        if answered && self.one_in(3) {
            let mut changed = post.clone();
            if let Some(changed) = changed.as_object_mut() {
                changed.insert("tags".into(), json!([self.who.job.0]));
                changed.insert("note".into(), json!(format!("{} asked to be called before ten", self.who.first)));
                changed.insert("changes".into(), json!(["tags", "note"]));
            }
            let event = if outbound { "outbound_call_modified" } else { "call_modified" };
            let later = done + TimeDelta::minutes(self.chance.i64(5..240));
            self.send(Provider::CallRail, Some(event), &changed, later);
        }
        self.at = start + TimeDelta::seconds(seconds);
    }

    /// A text through CallRail.
    pub(super) fn callrail_text(&mut self, inbound: bool, words: &str) {
        let words = self.written(words);
        let agent = self.pick(&STAFF);
        let business = "404-555-0190".to_string();
        let (from, to) = if inbound { (self.who.dashed(), business) } else { (business, self.who.dashed()) };
        let mut body = json!({
            "id": self.next(), "resource_id": self.token("SCI"), "source_number": from, "destination_number": to,
            "content": words, "message_type": "sms", "media_urls": [], "timestamp": eastern(self.at), "lead_status": null,
            "conversation_id": format!("c{:x}", self.index), "company_resource_id": "COM834847e9f4bb4f9h8ll29eb173fe658e",
            "person_resource_id": self.who.person_token,
        });
        if !inbound && let Some(body) = body.as_object_mut() {
            body.insert("agent".into(), json!(agent));
        }
        let event = if inbound { "text_message_received" } else { "text_message_sent" };
        self.send(Provider::CallRail, Some(event), &body, self.at + TimeDelta::seconds(2));
    }

    /// A form on the web site, caught by CallRail.
    pub(super) fn form(&mut self) {
        let (source, medium, campaign) = self.attribution();
        let page = format!("https://northgate.example/{}", self.who.job.0.replace(' ', "-"));
        let more = if self.is_long() { speech::paragraph(&mut self.chance, 0..6) } else { String::new() };
        let wish = format!("I would like a quote for {}: {}. {more}", self.who.wish(), self.who.job.1);
        let body = json!({
            "resource_id": self.token("FRM"), "company_resource_id": "COM834847e9f4bb4f9h8ll29eb173fe658e",
            "person_resource_id": self.who.person_token,
            "form_data": { "your_name": self.who.name(), "email": self.who.email, "phone": self.who.dashed(),
                           "message": wish.trim_end() },
            "form_url": page, "landing_page_url": "https://northgate.example/", "referrer": "www.google.com",
            "referring_url": "https://www.google.com/", "submitted_at": eastern(self.at), "created_at": eastern(self.at),
            "first_form": true, "source": source, "medium": medium, "campaign": campaign, "utm_source": source,
            "utm_medium": medium, "utm_campaign": campaign, "timestamp": eastern(self.at),
        });
        self.send(Provider::CallRail, Some("form_submission"), &body, self.at + TimeDelta::seconds(3));
    }

    /// A status of Meera.
    pub(super) fn meera(&mut self, status: &str, reason: (&str, &str)) {
        let stamp = self.at.with_timezone(&Tz::NEW_YORK).format("%Y-%m-%d %I:%M:%S %p %Z").to_string();
        let when = |name: &str| if status == name { stamp.clone() } else { String::new() };
        let yes = |names: &[&str]| if names.contains(&status) { "Yes" } else { "No" };
        let body = json!({
            "status": true, "message": "Success", "pushbackUrl": "https://hooks.northgate.example/api/meera", "lead_status": status,
            "lead_details": {
                "current_status": if reason.0.is_empty() && reason.1.is_empty() { "open" } else { "close" },
                "lead_id": 12_000_000 + self.index, "posted_date": self.at.format("%Y-%m-%d").to_string(),
                "first_name": self.who.first, "last_name": self.who.last, "full_name": self.who.name(), "external_caller_id": "",
                "email": self.who.email, "user_timezone": "America/New_York", "mobile_number": self.who.phone, "rep_phone": null,
                "ps_id": "", "external_system_id": format!("NG-{}", 4000 + self.index), "campaign_name": "Web leads (quotes)",
                "campaign_timezone": "America/New_York", "campaign_id": 1234, "message_status": "delivered",
                "send_welcome_msg": "Yes", "dnd_status": yes(&["DNC"]), "dnd_reason": reason.0, "soft_close": yes(&["LcmLeadClose"]),
                "soft_close_reason": reason.1, "responded": yes(&["Responded", "Scheduled"]), "responded_date_time": when("Responded"),
                "confirm_rsvp": "", "rsvp_session": "", "scheduled": yes(&["Scheduled"]), "scheduled_date_time": when("Scheduled"),
                "call_attempt": 0, "called": yes(&["Called"]), "call_status": "notdone", "called_date_time": when("Called"),
                "transfered": yes(&["Transferred"]), "transfered_date_time": when("Transferred"),
                "all_converted": yes(&["Converted"]), "all_converted_date_time": when("Converted"), "converted_inbound": "No",
                "converted_outbound": "No", "total_call_duration": 0, "representative_call_duration": null,
            },
            "lead_info": { "email": self.who.email, "project": self.who.job.0, "city": self.who.city.0 },
        });
        let lag = self.chance.i64(1..9);
        self.send(Provider::Meera, None, &body, self.at + TimeDelta::seconds(lag));
    }

    /// A call of the voice assistant.
    pub(super) fn voice_call(&mut self, status: &str, wants_human: bool) {
        let (phone, campaign) = (self.who.phone[1..].to_string(), "5dd7681b-2188-49fc-8fc0-87b57056f436");
        let list = self.token("");
        let attempt = json!([{ "time": millis(self.at), "phone": phone, "status": "success", "campaignId": campaign, "correlationId": list }]);
        self.send(Provider::CuriousThing, Some("call_attempted"), &attempt, self.at + TimeDelta::seconds(4));
        let answers = [
            ("Are you still looking for help with your project?", "Yes", format!("Yes, the {}.", self.who.job.0)),
            ("When would you like to start?", "Other", "As soon as the weather allows.".to_string()),
            ("May we call you to arrange a visit?", "Yes", "In the morning, please.".to_string()),
        ];
        let asked = match status {
            "Complete" => 3,
            "Partial" => 2,
            _ => 0,
        };
        let mut flow: Vec<Value> = answers[..asked]
            .iter()
            .map(|(question, class, words)| json!({ "questionName": question, "response": class, "transcript": words }))
            .collect();
        if wants_human && let Some(last) = flow.last_mut() {
            last["transcript"] = json!("I want to talk to a human.");
        }
        let body = json!([{
            "id": self.token(""), "eventType": "CallComplete", "createdAt": millis(self.at + TimeDelta::seconds(96)),
            "data": {
                "correlationId": list, "sessionId": self.token(""), "callResultId": self.token(""), "name": self.who.name(),
                "phone": phone, "campaignId": campaign, "lastStepName": flow.last().map(|f| f["questionName"].clone()),
                "startedTime": millis(self.at), "flow": flow, "requests": if wants_human { json!(["humanSupportRequest"]) } else { json!([]) },
                "status": status, "additionalInformation": match status {
                    "Complete" => "No further action",
                    "Partial" => "Customer exited part way through",
                    _ => "Voicemail",
                },
            }
        }]);
        self.send(Provider::CuriousThing, Some("call_complete"), &body, self.at + TimeDelta::seconds(100));
        if status == "Not Complete" {
            let text = json!([{ "time": millis(self.at + TimeDelta::minutes(2)), "from": VOICE_LINE, "to": phone,
                "message": "Hi, Northgate Homes tried to reach you about your project. Reply here or call us back.",
                "campaignId": campaign, "correlationId": list }]);
            self.send(Provider::CuriousThing, Some("sms_sent"), &text, self.at + TimeDelta::minutes(2));
        }
    }

    /// A call through a Telmetrics number: start, preprocessed, processed.
    pub(super) fn telmetrics_call(&mut self, ended: CallEnding) {
        let (start, id, agent) = (self.at, 1_793_000_000 + self.next(), self.pick(&STAFF));
        let seconds = if ended.answered() { self.length(95, 400) } else { self.chance.i64(6..20) };
        let local = |at: DateTime<Utc>| at.with_timezone(&Tz::NEW_YORK).format("%Y-%m-%dT%H:%M:%S").to_string();
        let utc = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string();
        let who = self.who.clone();
        let envelope = |story: &mut Story, at: DateTime<Utc>, notification: Value| {
            json!({
                "Id": story.token(""), "Attempt": 1,
                "Properties": { "CollectionType": "CallDetails", "UTC": utc(at), "Organization": "4062", "RequestId": story.token("") },
                "Notifications": [notification],
            })
        };
        let study =
            json!({ "StudyID": 8_470_718, "CustomID": "", "CustomText": "", "CustomText2": "", "CustomText3": "" });
        let ad = json!({ "AdDefinitionID": 4_250_816, "AdDefinitionName": "Google Ads - Remodeling" });
        let began = json!({
            "Action": "CallDetails.CallStartCall", "CallDate": utc(start), "CalledNumber": TELMETRICS_LINE, "CallerNumber": who.ten_digits(),
            "OrgGroupName": super::BUSINESS, "OrganizationID": 4062, "RouteKey": null,
            "CallerDetails": { "PhoneNumber": who.ten_digits(), "Name": who.caller_id(), "Address": null, "City": null, "Zip": null, "State": null },
            "StudyDetails": study, "AdDetails": ad, "AttributionDetails": { "SessionId": null, "RuleDescription": "Google Paid", "LandingPageUrl": "https://northgate.example/", "ReferrerUrl": "https://www.google.com/" },
        });
        let sent = start + TimeDelta::seconds(3);
        let body = envelope(self, sent, began);
        self.send(Provider::Telmetrics, None, &body, sent);
        let answer_status = match ended {
            CallEnding::Booked | CallEnding::Talked => "Answered",
            CallEnding::Missed => "No Answer",
            CallEnding::Voicemail => "Voicemail",
        };
        let facts = json!({
            "Incomplete": true, "TelmetricsId": id, "TelmetricsStudyID": 8_470_718, "CalledNumber": TELMETRICS_LINE,
            "TerminationNumber": "4045550199", "StartTime": local(start), "AnswerTime": local(start + TimeDelta::seconds(6)),
            "EndTime": local(start + TimeDelta::seconds(seconds)), "AnswerStatus": answer_status, "RingCount": 2, "CallSeconds": seconds,
            "CallerNumber": who.ten_digits(), "TimeZone": "Eastern", "RegisteredDNC": false, "CallerName": who.caller_id(),
            "CallerStreet": who.street, "CallerCity": who.city.0, "CallerState": who.city.1, "CallerZip": who.city.2,
            "VoiceMailDetected": ended == CallEnding::Voicemail, "OrgGroupName": super::BUSINESS, "StudyDetails": study, "AdDetails": ad,
        });
        let with = |action: &str, more: Value| {
            let mut all = json!({ "Action": action });
            for part in [&facts, &more] {
                if let (Some(all), Some(part)) = (all.as_object_mut(), part.as_object()) {
                    all.extend(part.clone());
                }
            }
            all
        };
        let over = start + TimeDelta::seconds(seconds + 2);
        let body = envelope(
            self,
            over,
            with("CallDetails.CallPreprocessed", json!({ "CallTranscript": null, "AttributionDetails": null })),
        );
        self.send(Provider::Telmetrics, None, &body, over);
        if !ended.answered() {
            self.at = over;
            return;
        }
        let booked = ended == CallEnding::Booked;
        let spoken: Vec<String> = self
            .talk(&who, agent, booked, seconds)
            .iter()
            .flat_map(|(by_agent, words)| {
                // The other channel hears some of it too.
                let (speaker, other) = if *by_agent { ("Agent", "Caller") } else { ("Caller", "Agent") };
                let echo = words.len() % 3 == 0 && words.len() > 30;
                let line = format!("{speaker}: {words}");
                if echo { vec![line, format!("{other}: {words}")] } else { vec![line] }
            })
            .collect();
        let mood = self.pick(&["positive", "neutral", "neutral", "negative"]);
        let done = over + TimeDelta::minutes(self.chance.i64(2..9));
        let more = json!({
            "CallTranscript": spoken.join(" "), "CallSummary": self.summary(&who, agent, booked),
            "VoiceRecordingUrl": format!("https://recordings.example/{:016x}/{id}.mp3", self.chance.u64(..)),
            "SentimentSuite": { "satisfied": mood == "positive", "frustrated": mood == "negative", "sentiment": mood,
                "view_of_business": if mood == "negative" { "negative" } else { "positive" }, "concern_class": "price" },
            "ConversationAnalytics": {
                "LeadOutcome": { "LeadReason": if booked { "Appointment Booked" } else { "Inquiry - Pricing" },
                    "Appointment": booked.to_string(), "Lead": "true", "Sale": "false" },
                "LeadValue": { "ServiceLine": "interior", "ProductOrService": [who.job.0], "CustomerType": "new" },
                "Topics": { "PricingDiscussed": "true", "SchedulingDiscussed": booked.to_string(), "OtherTopics": [] },
            },
            "keyword_lists": [{ "keyword_list": [{ "id": 234, "name": "Sales", "keywords": [
                { "keyword": "quote", "agent": "", "caller": "00:00:31" },
                { "keyword": "booked", "agent": if booked { "00:01:22" } else { "" }, "caller": "" } ] }] }],
            "AttributionDetails": { "SessionId": 999, "RuleDescription": "Google Paid", "LandingPageUrl": "https://northgate.example/",
                "ReferrerUrl": "google.com", "utm_campaign": "spring-sale", "utm_source": "google", "utm_medium": "cpc" },
        });
        let body = envelope(self, done, with("CallDetails.CallProcessed", more));
        self.send(Provider::Telmetrics, None, &body, done);
        self.at = over;
    }

    fn varda(&mut self, event: &str, at: DateTime<Utc>, mut data: Value) {
        let (source, medium, campaign) = ("google_ads", "cpc", "spring-sale");
        if let Some(data) = data.as_object_mut() {
            let contact = json!({ "id": 40_000 + self.index, "name": self.who.name(), "email": self.who.email, "phone": self.who.phone });
            data.insert("contact".into(), contact);
            data.insert("attribution".into(), json!({ "source": source, "medium": medium, "campaign": campaign, "landing_page": "https://northgate.example/services" }));
        }
        let body = json!({ "event": event, "timestamp": iso(at), "data": data });
        self.send(Provider::Varda, None, &body, at + TimeDelta::seconds(1));
    }

    /// A chat on the web site.
    pub(super) fn varda_chat(&mut self) {
        let id = self.next();
        let opened = self.at;
        let data = json!({ "id": id, "status": "open", "priority": "normal", "channel_id": 5, "channel_type": "webchat", "created_at": iso(opened), "updated_at": iso(opened) });
        self.varda("conversation.created", opened, data);
        let agent = self.pick(&STAFF);
        let said = [
            (true, format!("Hi, I'd like to ask about {}.", self.who.wish())),
            (false, "Hello, thanks for writing. Is it for your own home?".to_string()),
            (true, format!("Yes. {}.", self.who.job.1)),
            (false, "We can come by this week to measure. What is the best number to reach you?".to_string()),
            (true, format!("This one: {}. Mornings are best.", self.who.dashed())),
        ];
        let mut said = said.to_vec();
        if self.is_long() {
            let more = self.chance.usize(0..5);
            said.extend((0..more).map(|nth| (nth % 2 == 1, speech::message(&mut self.chance))));
        }
        for (inbound, words) in said {
            self.wait(1, 3);
            let data = json!({
                "id": self.next(), "conversation_id": id, "direction": if inbound { "inbound" } else { "outbound" },
                "sender_type": if inbound { "contact" } else { "user" }, "sender_name": if inbound { self.who.name() } else { agent.to_string() },
                "content": words, "message_type": "text", "channel_type": "webchat", "created_at": iso(self.at),
            });
            self.varda("message.created", self.at, data);
        }
        let data = json!({ "id": id, "status": "resolved", "priority": "normal", "channel_id": 5, "channel_type": "webchat", "created_at": iso(opened), "updated_at": iso(self.at) });
        self.varda("conversation.resolved", self.at + TimeDelta::minutes(20), data);
    }

    /// A call through Varda, and what the rep tagged it with.
    pub(super) fn varda_call(&mut self, inbound: bool, disposition: &str, outcome: Option<&str>) {
        let (id, seconds) = (self.next(), if disposition == "completed" { self.length(60, 380) } else { 0 });
        let ended = self.at + TimeDelta::seconds(seconds);
        let (from, to) = if inbound {
            (self.who.phone.clone(), OFFICE.to_string())
        } else {
            (OFFICE.to_string(), self.who.phone.clone())
        };
        let data = json!({
            "id": id, "direction": if inbound { "inbound" } else { "outbound" }, "status": "ended", "from_number": from, "to_number": to,
            "duration_seconds": seconds, "disposition": disposition, "started_at": iso(self.at), "ended_at": iso(ended),
        });
        self.varda("call.ended", ended, data);
        self.at = ended;
        if let Some(outcome) = outcome {
            let cents = self.who.job.2;
            let paid = outcome == "booked" && self.one_in(4);
            let data = json!({
                "id": self.next(), "call_session_id": id, "outcome_type": outcome, "estimated_value_cents": cents,
                "actual_value_cents": if paid { cents } else { 0 }, "revenue_cents": if outcome == "booked" { cents } else { 0 },
                "notes": format!("{} - {}", self.who.job.0, self.who.job.1),
            });
            self.varda("call.outcome_tagged", ended + TimeDelta::seconds(30), data);
        }
    }
}

/// Lines with the second at which each begins, spread over the call.
fn spoken(lines: &[SpokenLine], seconds: i64) -> Vec<(f64, bool, String)> {
    let total: usize = lines.iter().map(|(_, words)| words.len()).sum::<usize>().max(1);
    let mut before = 0usize;
    lines
        .iter()
        .map(|(by_agent, words)| {
            let at = (before as f64 / total as f64 * seconds as f64 * 100.0).round() / 100.0;
            before += words.len();
            (at, *by_agent, words.clone())
        })
        .collect()
}
