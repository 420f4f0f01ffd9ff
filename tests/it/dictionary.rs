//! The packing dictionary, trained on the simulated month only: nobody's real words stand in it.
//!
//! It is part of the file format: once released it is never changed, a new one gets a new number.

use leadtrail::providers::{ReaderInput, body, simulator};

/// Makes `src-tauri/store/dictionary-1.zstd` anew. Before the first release only.
#[test]
#[ignore = "writes into the source tree"]
fn train() {
    let until = chrono::DateTime::parse_from_rfc3339("2026-03-26T00:00:00Z").unwrap().to_utc();
    let mut samples: Vec<Vec<u8>> = Vec::new();
    for sent in simulator::month(11, 400, until).sent {
        let parsed = body::parse_body(sent.body.as_bytes(), Some("application/json")).unwrap();
        let delivery = ReaderInput {
            event: sent.event,
            body: &parsed.json,
            raw: sent.body.as_bytes(),
            headers: &sent.headers,
            region: "US",
            received_at: sent.at,
        };
        for draft in sent.provider.reader().read(&delivery).unwrap_or_default() {
            samples.push(serde_json::to_vec(&draft).unwrap());
        }
        samples.push(sent.body.into_bytes());
    }
    let dictionary = zstd::dict::from_samples(&samples, 48 * 1024).unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src-tauri/store/dictionary-1.zstd");
    std::fs::write(path, dictionary).unwrap();
}
