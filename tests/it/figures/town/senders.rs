//! What each service sends of somebody in the town.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{AGENTS, OFFICE, Town};

impl Town {
    fn visit(&mut self) -> (&'static str, &'static str, &'static str) {
        self.pick(&[
            ("google_ads", "cpc", "spring-sale"),
            ("google", "organic", ""),
            ("facebook", "paid_social", "Küchen & Bäder"),
            ("", "", ""),
            ("direct", "", ""),
            ("bing", "cpc", "brand"),
        ])
    }

    pub(super) async fn callrail(&mut self, source: &str, phone: &str, at: DateTime<Utc>, ended: &str, outbound: bool) {
        let answered = ended == "answered";
        let seconds = if answered { self.chance.i64(0..500) } else { self.chance.i64(0..40) };
        let (from, medium, campaign) = self.visit();
        let mood = if answered { self.pick(&["positive", "neutral", "negative", "mixed", ""]) } else { "" };
        let agent = if answered { self.pick(&AGENTS) } else { "" };
        let value = if self.chance.u8(0..8) == 0 { format!("{}.50", self.chance.u16(1..900)) } else { String::new() };
        let body = json!({
            "resource_id": format!("CAL{}", self.next()), "direction": if outbound { "outbound" } else { "inbound" },
            "customer_phone_number": phone, "tracking_phone_number": "+14045550190", "business_phone_number": OFFICE,
            "customer_name": "SOMEBODY", "start_time": stamp(at), "answered": answered, "call_type": ended,
            "voicemail": ended == "voicemail", "duration": seconds.to_string(), "sentiment": mood, "agent_email": agent,
            "utm_source": from, "utm_medium": medium, "utm_campaign": campaign, "source_name": from, "medium": medium,
            "campaign": campaign, "value": value,
        });
        let event = match (ended, outbound) {
            ("ringing", _) => "pre_call",
            (_, true) => "outbound_post_call",
            _ => "post_call",
        };
        let arrival = self.arrival(at);
        self.send(source, Some(event), &body, arrival).await;
    }

    pub(super) async fn telmetrics(&mut self, phone: &str, at: DateTime<Utc>, ended: &str) {
        let mood = if ended == "answered" { self.pick(&["Positive", "Neutral", "Negative", "Mixed", ""]) } else { "" };
        let booked = ended == "answered" && self.chance.u8(0..3) == 0;
        let sale = booked && self.chance.u8(0..4) == 0;
        let seconds = self.chance.i64(0..400);
        let (from, medium, campaign) = self.visit();
        let body = json!({
            "Id": format!("t{}", self.next()), "Attempt": 1,
            "Properties": { "CollectionType": "CallDetailsV5", "UTC": plain(at + TimeDelta::seconds(seconds + 9)) },
            "Notifications": [{
                "Action": "CallDetailsV5.CallProcessed", "id": 3_000_000 + self.next(), "start_time_utc": plain(at),
                "answer_status": ended, "call_duration": seconds.to_string(), "tracking_number": "8335550144",
                "caller_number": &phone[2..], "termination_number": "2025550100", "time_zone_name": "Eastern",
                "start_time": plain(at),
                "conversation_analytics": {
                    "sentiment_suite": { "sentiment": mood },
                    "lead_outcome": { "lead_reason": if booked { "Appointment Booked" } else { "Other" },
                                      "sales": sale.to_string() },
                },
                "attribution_details": { "utm_source": from, "utm_medium": medium, "utm_campaign": campaign },
            }],
        });
        let arrival = self.arrival(at + TimeDelta::seconds(seconds));
        self.send("telmetrics", None, &body, arrival).await;
    }

    fn contact(&self, phone: &str) -> Value {
        json!({ "id": phone[2..].parse::<u64>().unwrap(), "name": "Some Body", "phone": phone })
    }

    async fn varda(&mut self, name: &str, phone: &str, at: DateTime<Utc>, mut data: Value) {
        let (from, medium, campaign) = self.visit();
        data["contact"] = self.contact(phone);
        data["attribution"] = json!({ "source": from, "medium": medium, "campaign": campaign });
        let body = json!({ "event": name, "timestamp": stamp(at), "data": data });
        let arrival = self.arrival(at);
        self.send("varda", None, &body, arrival).await;
    }

    pub(super) async fn varda_call(
        &mut self,
        phone: &str,
        at: DateTime<Utc>,
        ended: &str,
        outbound: bool,
        tagged: bool,
    ) {
        let (id, seconds) = (self.next(), if ended == "completed" { self.chance.i64(1..300) } else { 0 });
        let (from, to) = if outbound { (OFFICE, phone) } else { (phone, OFFICE) };
        let agent = self.pick(&["Kim Osei", "sam@office.example", ""]);
        let data = json!({
            "id": id, "direction": if outbound { "outbound" } else { "inbound" }, "from_number": from, "to_number": to,
            "duration_seconds": seconds, "disposition": ended, "started_at": stamp(at), "agent_name": agent,
            "ended_at": stamp(at + TimeDelta::seconds(seconds)),
        });
        self.varda("call.ended", phone, at + TimeDelta::seconds(seconds), data).await;
        if tagged {
            let word = self.pick(&[
                "booked",
                "quoted",
                "follow_up",
                "not_interested",
                "no_answer",
                "spam",
                "wrong_number",
                "other",
                "odd",
            ]);
            let mut cents = || self.chance.bool().then(|| self.chance.i64(0..5) * self.chance.i64(1..100_000));
            let (estimated, actual, revenue) = (cents(), cents(), cents());
            let data = json!({
                "id": self.next(), "call_session_id": id, "outcome_type": word, "estimated_value_cents": estimated,
                "actual_value_cents": actual, "revenue_cents": revenue,
            });
            let later = self.pick(&[0, 30, 90_000]);
            self.varda("call.outcome_tagged", phone, at + TimeDelta::seconds(seconds + later), data).await;
        }
    }

    pub(super) async fn varda_other(&mut self, phone: &str, at: DateTime<Utc>) {
        let id = self.next();
        let name = self.pick(&["contact.created", "conversation.created", "message.created", "message.created"]);
        let data = match name {
            "message.created" => {
                json!({ "id": id, "direction": self.pick(&["inbound", "outbound"]), "content": "Hello",
                "sender_name": self.pick(&AGENTS), "channel_type": "webchat", "created_at": stamp(at) })
            }
            _ => json!({ "id": id, "status": "open", "channel_type": "phone", "created_at": stamp(at) }),
        };
        if name == "contact.created" {
            let mut said = self.contact(phone);
            said["created_at"] = json!(stamp(at));
            let body = json!({ "event": name, "timestamp": stamp(at), "data": { "contact": said } });
            let arrival = self.arrival(at);
            return self.send("varda", None, &body, arrival).await;
        }
        self.varda(name, phone, at, data).await;
    }

    pub(super) async fn text(&mut self, phone: &str, at: DateTime<Utc>) {
        let inbound = self.chance.bool();
        let words = if self.chance.u8(0..9) == 0 { "STOP" } else { "Tomorrow is fine." };
        let (from, to) = if inbound { (phone, OFFICE) } else { (OFFICE, phone) };
        let mut body = json!({
            "resource_id": format!("SCI{}", self.next()), "source_number": from, "destination_number": to,
            "content": words, "message_type": "sms", "media_urls": [], "timestamp": stamp(at),
        });
        if !inbound {
            body["agent"] = json!(self.pick(&AGENTS));
        }
        let event = if inbound { "text_message_received" } else { "text_message_sent" };
        let source = self.pick(&["callrail", "second"]);
        let arrival = self.arrival(at);
        self.send(source, Some(event), &body, arrival).await;
    }

    pub(super) async fn form(&mut self, phone: &str, at: DateTime<Utc>) {
        let (from, medium, campaign) = self.visit();
        let body = json!({
            "resource_id": format!("FRM{}", self.next()), "form_data": { "your_name": "Some Body", "phone": phone },
            "form_url": "https://northgate.example/", "submitted_at": stamp(at), "source": from, "medium": medium,
            "campaign": campaign, "utm_source": from, "utm_medium": medium, "utm_campaign": campaign,
        });
        let arrival = self.arrival(at);
        self.send("callrail", Some("form_submission"), &body, arrival).await;
    }

    pub(super) async fn meera(&mut self, phone: &str, at: DateTime<Utc>) {
        let status = self.pick(&[
            "Posted",
            "Delivered",
            "Responded",
            "Scheduled",
            "Converted",
            "LcmLeadClose",
            "ClosedAfterFollowup",
            "DNC",
            "Posted",
            "Delivered",
            "Something new",
        ]);
        self.status(status, phone, at).await;
    }

    pub(super) async fn status(&mut self, status: &str, phone: &str, at: DateTime<Utc>) {
        let id = phone[2..].parse::<u64>().unwrap();
        let body = json!({
            "status": true, "message": "Success", "lead_status": status,
            "lead_details": { "lead_id": id, "full_name": "Some Body", "mobile_number": phone, "campaign_id": self.next(),
                "campaign_name": "Web leads", "campaign_timezone": "America/New_York",
                "dnd_reason": self.pick(&["DNC:Unsubscribe", "DNC:Wrong_Number"]),
                "soft_close_reason": self.pick(&["Close:Chose_Another_Option", "Close:Too_Expensive", ""]) },
        });
        // Says no time: when it arrives stands in.
        self.send("meera", None, &body, at).await;
    }

    pub(super) async fn curious(&mut self, phone: &str, at: DateTime<Utc>) {
        let status = self.pick(&["success", "failed"]);
        let body = json!([{ "time": stamp(at), "phone": &phone[1..], "status": status, "campaignId": "c",
                            "correlationId": format!("l{}", self.next()), "note": "invalid phone" }]);
        let arrival = self.arrival(at);
        self.send("curious", Some("call_attempted"), &body, arrival).await;
    }
}

fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn plain(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string()
}
