//! How leads come and go: which service sees what, in which order.

use chrono::TimeDelta;

use super::senders::CallEnding;
use super::{STAFF, SimulatedAction, SimulatedWhat, Story, speech};

const NOTHING: (&str, &str) = ("", "");

impl Story {
    /// Tells one of the stories.
    pub(super) fn tell(&mut self, kind: usize) {
        match kind {
            0 | 5 => self.web_form(),
            1 | 6 => self.rings_callrail(),
            2 | 7 => self.rings_telmetrics(),
            3 => self.chats(),
            4 => self.after_hours(),
            8 => self.voice_assistant(),
            10 => self.texts_again(),
            11 => self.chats_again(),
            12 => self.is_rung_again(),
            _ => self.spam(),
        }
    }

    fn note(&mut self, text: String) {
        let text = if self.is_long() { speech::paragraph(&mut self.chance, 1..4) } else { text };
        let by = self.pick(&STAFF);
        let at = self.at + TimeDelta::minutes(4);
        self.did.push(SimulatedAction { phone: self.who.phone.clone(), by, what: SimulatedWhat::Note(text), at });
    }

    fn tag(&mut self) {
        let tag = match self.who.job.0 {
            "kitchen remodel" => "Kitchen",
            "bathroom" => "Bathroom",
            "windows" | "patio doors" => "Windows",
            _ => "Repairs",
        };
        let at = self.at + TimeDelta::minutes(6);
        self.did.push(SimulatedAction {
            phone: self.who.phone.clone(),
            by: STAFF[0],
            what: SimulatedWhat::Tag(tag),
            at,
        });
    }

    /// A form; Meera writes within the minute; some answer, some close, some are rung.
    fn web_form(&mut self) {
        self.form();
        self.wait(1, 2);
        self.meera("Posted", NOTHING);
        self.wait(1, 3);
        self.meera("Delivered", NOTHING);
        match self.chance.u8(0..8) {
            0 => {
                self.next_day(2);
                self.meera("LcmLeadClose", ("", "Close:Chose_Another_Option"));
            }
            1 => {
                self.wait(8, 90);
                self.meera("DNC", ("DNC:Unsubscribe", ""));
            }
            2 => {
                self.next_day(5);
                self.meera("ClosedAfterFollowup", NOTHING);
            }
            _ => {
                self.wait(5, 200);
                self.meera("Responded", NOTHING);
                self.wait(10, 90);
                if self.one_in(2) {
                    self.meera("Scheduled", NOTHING);
                    self.next_day(1);
                    self.varda_call(false, "completed", Some("booked"));
                    self.tag();
                    self.note(format!("Bring samples for the {}. Confirm the address the day before.", self.who.job.0));
                } else {
                    self.next_day(1);
                    self.voice_call("Complete", false);
                    self.wait(30, 300);
                    self.callrail_call(CallEnding::Talked, true);
                }
            }
        }
    }

    /// Rings the number on the web site.
    fn rings_callrail(&mut self) {
        let ended = self.pick(&[
            CallEnding::Booked,
            CallEnding::Talked,
            CallEnding::Talked,
            CallEnding::Missed,
            CallEnding::Voicemail,
        ]);
        self.callrail_call(ended, false);
        if ended.answered() {
            self.wait(10, 60);
            self.callrail_text(
                false,
                &format!("Hi {}, thanks for calling Northgate Homes. Reply here any time.", self.who.first),
            );
            if self.one_in(2) {
                self.wait(5, 120);
                self.callrail_text(true, "Great, thank you. Can you come a little later on that day?");
                if self.one_in(2) {
                    self.wait(3, 40);
                    self.callrail_text(false, "Sure, one hour later is fine.");
                }
            }
            if ended == CallEnding::Booked && self.one_in(2) {
                self.tag();
                let at = self.at + TimeDelta::minutes(9);
                let what = SimulatedWhat::Booked { estimated_cents: self.who.job.2 };
                self.did.push(SimulatedAction { phone: self.who.phone.clone(), by: STAFF[1], what, at });
            }
        } else if !self.one_in(3) {
            self.wait(6, 90);
            let again = if self.one_in(3) { CallEnding::Missed } else { CallEnding::Talked };
            self.callrail_call(again, true);
        }
    }

    /// Rings the number of an ad.
    fn rings_telmetrics(&mut self) {
        let ended = self.pick(&[CallEnding::Booked, CallEnding::Talked, CallEnding::Talked, CallEnding::Missed]);
        self.telmetrics_call(ended);
        match ended {
            CallEnding::Booked => {
                self.wait(5, 60);
                self.tag();
                self.next_day(2);
                self.varda_call(false, "completed", Some("booked"));
            }
            CallEnding::Talked if self.one_in(2) => {
                self.next_day(1);
                let word = self.pick(&["quoted", "follow_up", "not_interested", "quoted"]);
                self.varda_call(false, "completed", Some(word));
                self.note("Compares with another firm, so be on time.".into());
            }
            CallEnding::Missed if !self.one_in(3) => {
                self.wait(4, 50);
                self.varda_call(false, "completed", Some("follow_up"));
            }
            _ => {}
        }
    }

    fn chats(&mut self) {
        self.varda_chat();
        self.next_day(1);
        let word = self.pick(&["booked", "quoted", "no_answer", "follow_up", "booked"]);
        let disposition = if word == "no_answer" { "no_answer" } else { "completed" };
        self.varda_call(false, disposition, Some(word));
    }

    /// Rings when nobody is there, leaves a message, texts, and sometimes asks to be left alone.
    fn after_hours(&mut self) {
        if !self.is_long() {
            self.at += TimeDelta::hours(5);
        }
        self.callrail_call(CallEnding::Voicemail, false);
        self.next_day(1);
        self.callrail_text(
            false,
            &format!("Hi {}, sorry we missed you last night. Is a call this afternoon fine?", self.who.first),
        );
        self.wait(4, 80);
        if self.one_in(6) {
            self.callrail_text(true, "STOP");
            return;
        }
        self.callrail_text(true, &format!("Yes, after 2 please. It is about {}.", self.who.wish()));
        self.wait(60, 180);
        let ended = self.pick(&[CallEnding::Booked, CallEnding::Talked]);
        self.callrail_call(ended, true);
    }

    /// An older lead that the voice assistant rings again.
    fn voice_assistant(&mut self) {
        let status = self.pick(&["Complete", "Partial", "Not Complete", "Complete"]);
        let human = status == "Partial" && self.one_in(2);
        self.voice_call(status, human);
        if status == "Complete" {
            self.next_day(1);
            self.varda_call(false, "completed", Some("quoted"));
            self.wait(60, 400);
            self.callrail_text(false, "Here is the quote as promised. Anything unclear, just write back.");
        }
    }

    /// Somebody who is known by now: texts to and fro over a day or two, perhaps a call.
    fn texts_again(&mut self) {
        let mut inbound = true;
        for _ in 0..self.chance.u8(2..10) {
            self.callrail_text(inbound, "Is that still right?");
            inbound = inbound == self.one_in(5);
            self.wait(1, 240);
        }
        if self.one_in(3) {
            self.next_day(1);
            self.callrail_call(CallEnding::Talked, true);
        }
    }

    /// Somebody who is known by now writes on the web site, and is rung.
    fn chats_again(&mut self) {
        self.varda_chat();
        self.next_day(1);
        self.varda_call(false, "completed", None);
        if self.one_in(2) {
            self.wait(30, 400);
            self.callrail_call(CallEnding::Talked, true);
        }
    }

    fn spam(&mut self) {
        if self.one_in(2) {
            self.telmetrics_call(CallEnding::Missed);
        } else {
            self.varda_call(true, "completed", Some("spam"));
        }
    }

    /// Rung until somebody answers, and rung again about what is open.
    fn is_rung_again(&mut self) {
        while self.one_in(3) {
            self.varda_call(false, "no_answer", None);
            self.next_day(1);
        }
        for _ in 0..self.chance.u8(1..4) {
            self.callrail_call(CallEnding::Talked, true);
            self.next_day(2);
        }
    }
}
