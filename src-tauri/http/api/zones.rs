//! Time zones: what the UI may offer, and by how much each is off UTC. Browsers have rules of their own, which are older
//! or newer than those figures are counted by.

use axum::Json;
use chrono::{DateTime, Offset, TimeZone, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::QueryParams;
use crate::clock;
use crate::http::{Problem, ProblemKind};
use crate::zone::{self, LocalOffset, Origin, Tz};

/// What is told by default: from the epoch up to here. Clocks of later years go by the last rule told.
const UNTIL: i64 = 4_102_444_800; // 2100-01-01

/// Which rules of time zones are used.
#[derive(Serialize, ToSchema)]
pub(super) struct ZoneRules {
    /// IANA's release, such as `2026f`.
    version: &'static str,
    /// `bundled`: they came with the program; `system`: they are this machine's, where those are newer.
    origin: &'static str,
}

impl ZoneRules {
    pub(super) fn now() -> ZoneRules {
        let origin = match zone::origin() {
            Origin::Bundled => "bundled",
            Origin::System(_) => "system",
        };
        ZoneRules { version: zone::version(), origin }
    }
}

/// The zones that can be chosen.
#[derive(Serialize, ToSchema)]
pub(super) struct Zones {
    #[serde(flatten)]
    rules: ZoneRules,
    /// By name.
    items: Vec<ZoneItem>,
}

/// One zone.
#[derive(Serialize, ToSchema)]
pub(super) struct ZoneItem {
    /// IANA name.
    name: &'static str,
    /// Seconds its clocks are ahead of UTC now; less than 0 west of it.
    offset_s: i32,
}

/// How the clocks of one zone go.
#[derive(Serialize, ToSchema)]
pub(super) struct ZoneOffsets {
    #[serde(flatten)]
    rules: ZoneRules,
    /// IANA name.
    name: &'static str,
    /// The oldest first: the first counts since 1970, each until the next.
    offsets: Vec<ZoneOffset>,
}

/// From when on clocks are how far from UTC.
#[derive(Serialize, ToSchema)]
pub(super) struct ZoneOffset {
    /// From then on.
    at: DateTime<Utc>,
    /// Seconds ahead of UTC; less than 0 west of it.
    offset_s: i32,
    /// What people call it, such as `EDT`; `null` where it is only called by its number.
    abbreviation: Option<String>,
}

impl ZoneOffset {
    fn of(offset: &LocalOffset) -> ZoneOffset {
        ZoneOffset { at: offset.at(), offset_s: offset.seconds(), abbreviation: offset.abbreviation() }
    }
}

/// Which zone is asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ZoneParams {
    /// IANA name.
    name: String,
}

/// Lists the time zones that can be chosen.
#[utoipa::path(get, path = "/api/zones", tag = "settings", operation_id = "listZones", responses((status = 200, body = Zones)))]
pub(super) async fn list() -> Json<Zones> {
    let now = clock::now().naive_utc();
    let items = zone::all().filter(|zone| zone.is_primary());
    let items = items.map(|zone| ZoneItem {
        name: zone.name(),
        offset_s: zone.offset_from_utc_datetime(&now).fix().local_minus_utc(),
    });
    Json(Zones { rules: ZoneRules::now(), items: items.collect() })
}

/// How the clocks of a time zone go, from 1970 to 2100. Names that are no longer offered are known too.
#[utoipa::path(get, path = "/api/zones/offsets", tag = "settings", operation_id = "getZoneOffsets", params(ZoneParams),
    responses((status = 200, body = ZoneOffsets)))]
pub(super) async fn offsets(QueryParams(which): QueryParams<ZoneParams>) -> Result<Json<ZoneOffsets>, Problem> {
    let zone: Tz =
        which.name.parse().map_err(|_| Problem::new(ProblemKind::NotFound, "There is no time zone of that name."))?;
    let epoch = DateTime::UNIX_EPOCH;
    let until = DateTime::from_timestamp(UNTIL, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let first = zone.offset_from_utc_datetime(&epoch.naive_utc());
    let offsets = std::iter::once(first).chain(zone.changes(epoch, until));
    let offsets = offsets.map(|offset| ZoneOffset::of(&offset)).collect();
    Ok(Json(ZoneOffsets { rules: ZoneRules::now(), name: zone.name(), offsets }))
}
